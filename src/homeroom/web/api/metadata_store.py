"""Rendered documents about a district's API, kept as long as what they were made from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from homeroom.standard.model import Model

Rendered: TypeAlias = tuple[str, bytes]
"""Content type and text."""
Render: TypeAlias = Callable[[], Rendered]


class MetadataStore:
    """The documents of one Model, each rendered when it is first asked for. version: of its standard."""

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.version = version
        self._documents: dict[tuple[str, ...], tuple[object, Rendered]] = {}
        self._rendering = asyncio.Lock()

    async def document(self, name: tuple[str, ...], render: Render, *, source: object) -> Rendered:
        """A document. source: what it is made from besides the Model; another object has it rendered anew."""
        found = self._documents.get(name)
        if found is not None and found[0] is source:
            return found[1]
        async with self._rendering:
            found = self._documents.get(name)
            if found is None or found[0] is not source:
                found = self._documents[name] = (source, await asyncio.to_thread(render))
        return found[1]
