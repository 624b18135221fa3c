"""Homeroom: the open student-data platform."""

__version__ = "0.1.0"
