"""The standard's own files by version, as facts."""
