"""Forms: small, urlencoded, guarded against other sites."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

CSRF_FIELD: Final = "csrf"
_MOST_BYTES: Final = 512 * 1024
_MOST_FIELDS: Final = 3_000  # a file's columns, each with what it is


class UnusableFormError(Exception):
    """The body is too large, or no form."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that were sent, each with every value it came with."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """The first value without blanks at its ends; empty when there is none."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """The first value exactly as sent; empty when there is none."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def carries(self, secret: str) -> bool:
        """Whether the form came from a page of ours: it carries the secret that the page was given."""
        given = self.raw(CSRF_FIELD).encode(errors="replace")
        return bool(secret) and hmac.compare_digest(given, secret.encode())


def parse_position(text: str) -> int | None:
    """The number of a row or the like in a form or an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def read_form(request: Request) -> Form:
    """The form of a request. Raises UnusableFormError."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MOST_BYTES:
            raise UnusableFormError
        parts.append(part)
    try:
        text = b"".join(parts).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UnusableFormError from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form(fields)
