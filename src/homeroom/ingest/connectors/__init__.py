"""Connectors: one module for each kind of file or source, all giving tables of text."""
