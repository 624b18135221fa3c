"""The data standard as data: resources, fields, references, descriptors; pure."""
