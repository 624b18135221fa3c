"""A made-up district with known truth, the same for the same seed."""
