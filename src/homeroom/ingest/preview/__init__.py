"""Previews: what a mapping spec would make of the first rows of a file, before anything is kept or stored."""
