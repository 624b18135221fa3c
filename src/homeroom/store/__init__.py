"""The only part that speaks to PostgreSQL."""
