"""Columns by name: exactly, else without regard to letter case, blanks and underscores where that is one column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_BETWEEN: Final = re.compile(r"[\s_]+")


def match_columns(wanted: Iterable[str], header: Iterable[str]) -> Mapping[str, str]:
    """Wanted name -> the header's own; names that the header does not have are left out."""
    there = list(header)
    exact = set(there)
    alike: dict[str, list[str]] = {}
    for name in there:
        alike.setdefault(_folded(name), []).append(name)
    found: dict[str, str] = {}
    for name in wanted:
        near = alike.get(_folded(name), [])
        if name in exact:
            found[name] = name
        elif len(near) == 1:
            found[name] = near[0]
    return found


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return _BETWEEN.sub(" ", name.strip().casefold())
