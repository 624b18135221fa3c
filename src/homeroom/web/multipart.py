"""Forms with files, read as they arrive: no part is ever whole in memory or on disk here."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_MOST_FIELD_BYTES: Final = 64 * 1024


class BrokenFormError(Exception):
    """The body is no such form, or ends before the form does, or holds a field that is too long."""


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field or file. file: the name it has at its sender's; None for a field.

    pieces: its content, to be read to its end before the next part is asked for.
    """

    name: str
    file: str | None
    pieces: AsyncIterator[bytes]

    async def text(self) -> str:
        """A field's value. Raises BrokenFormError when it is too long."""
        parts, size = [], 0
        async for piece in self.pieces:
            size += len(piece)
            if size > _MOST_FIELD_BYTES:
                raise BrokenFormError
            parts.append(piece)
        return b"".join(parts).decode("utf-8", "replace")


async def read_parts(body: AsyncIterator[bytes], *, content_type: str) -> AsyncIterator[FormPart]:
    """The parts of a multipart form, in their order. Raises BrokenFormError, also while a part is read."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BrokenFormError
    reader = _Reader(body, boundary)
    while True:
        part = await reader.next_part()
        if part is None:
            return
        yield part
        async for _ in part.pieces:  # what the page did not want of it
            pass


class _Reader:
    """Pulls chunks through the parser, and hands out what it tells of."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._chunks = body
        self._told: deque[tuple[str, bytes]] = deque()
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin,
                "on_part_data": lambda data, start, end: self._told.append(("data", data[start:end])),
                "on_part_end": lambda: self._told.append(("end", b"")),
                "on_end": self._end,
            },
        )

    async def next_part(self) -> FormPart | None:
        """The next part; None after the last. Raises BrokenFormError when the form breaks off before its end."""
        told = await self._next()
        if told is None:
            return None
        _, disposition = told
        _, options = parse_options_header(disposition)
        file = options.get(b"filename")
        name = options.get(b"name", b"").decode("utf-8", "replace")
        return FormPart(name, None if file is None else file.decode("utf-8", "replace"), self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (told := await self._next()) is not None and told[0] == "data":
            yield told[1]

    async def _next(self) -> tuple[str, bytes] | None:
        while not self._told:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                if not self._is_whole:
                    raise BrokenFormError
                return None
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise BrokenFormError from error
        return self._told.popleft()

    def _end_header(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _begin(self) -> None:
        self._told.append(("begin", self._headers.get(b"content-disposition", b"")))

    def _end(self) -> None:
        self._is_whole = True
