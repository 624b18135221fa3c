"""Mapping by example: from a file nobody has described to a spec, with questions where the file is not clear."""
