"""A batch at work: its stages, its chunks of rows into `records`, and the report of what became of them."""
