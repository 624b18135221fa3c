"""Other standards' shapes to ours and back. Pure: streams in, values out."""
