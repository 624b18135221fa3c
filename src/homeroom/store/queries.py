"""Finds the named SQL files of the parts; loaded once each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def query(package: str, name: str) -> str:
    """The text of `name.sql` beside the modules of the package."""
    return (files(package) / f"{name}.sql").read_text()
