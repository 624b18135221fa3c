"""Loads standard files into a district: planned, in order of dependency, in chunks, with nothing lost."""
