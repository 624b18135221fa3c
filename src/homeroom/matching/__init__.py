"""Same person or not: features, blocking, comparison, decision with reasons. Pure: values in, values out."""
