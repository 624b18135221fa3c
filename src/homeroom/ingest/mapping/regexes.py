"""Regular expressions that a spec may use: read by the engine that runs them, in time linear in the text, and small."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import polars as pl

from homeroom.ingest.mapping.limits import MAX_REGEX_CHARACTERS, MAX_REGEX_REPEAT

_REPEAT: Final = re.compile(r"\{(\d*),?(\d*)\}")


@lru_cache(maxsize=1024)
def regex_fault(regex: str) -> str | None:
    """What is wrong with a regular expression, in words; None when it can be used."""
    if len(regex) > MAX_REGEX_CHARACTERS:
        return f"The regular expression is longer than {MAX_REGEX_CHARACTERS} characters."
    if any(len(n) > 6 or int(n or 0) > MAX_REGEX_REPEAT for pair in _REPEAT.findall(regex) for n in pair):
        return f"A repetition in a regular expression may count to {MAX_REGEX_REPEAT} at most."
    try:
        pl.Series([""]).str.contains(f"^(?:{regex})$")
    except pl.exceptions.ComputeError as error:
        lines = [line for line in str(error).splitlines() if line.startswith("error:")]
        detail = lines[0].removeprefix("error: ") if lines else "it is too large or not well formed"
        return f"The regular expression cannot be read: {detail}."
    return None
