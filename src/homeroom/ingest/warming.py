"""What a worker needs for files that specs map, got ready while it waits, so that the first file need not wait."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Final

from homeroom.ingest.specs.shelf import parsed_shipped

_SLOW: Final = (
    "homeroom.ingest.mapping.compile",
    "homeroom.ingest.reading.mapped",
    "homeroom.ingest.specs.fitting",
)
"""They need polars."""
_AFTER_SECONDS: Final = 2.0
"""The server beside the worker is to answer first."""


async def warm_up() -> None:
    """Imports what is slow to import, and reads the specs that come with Homeroom."""
    await asyncio.sleep(_AFTER_SECONDS)
    for name in _SLOW:
        await asyncio.to_thread(import_module, name)
    await asyncio.to_thread(parsed_shipped)
