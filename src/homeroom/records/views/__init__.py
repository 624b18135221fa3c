"""Questions that earn a statement by hand: one module and one `.sql` each, under Grants."""
