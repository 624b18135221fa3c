"""The shelf of mapping specs: those that are shipped, a district's own, and which of them reads a file."""
