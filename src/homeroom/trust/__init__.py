"""Everything a family can hold us to: who asks, why, what is granted, what was read."""
