"""Identifiers and secrets, drawn at random."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Callable
from typing import TypeAlias

IdSource: TypeAlias = Callable[[], str]
"""Gives a new identifier at each call: 32 hexadecimal digits. Passed in where identifiers are made."""


def random_uuid_hex() -> str:
    """A version 4 UUID as the Ed-Fi API writes it: 32 lower-case hexadecimal digits, no dashes."""
    return uuid.uuid4().hex


def random_token(byte_count: int = 32) -> str:
    """A secret nobody can guess, of letters, digits, dash and underscore; 32 bytes are 43 characters."""
    return secrets.token_urlsafe(byte_count)


def seeded_ids(seed: int) -> IdSource:
    """Identifiers that come out the same for the same seed: for tests and made-up districts, not secrets."""
    source = random.Random(seed)  # noqa: S311 - sameness is the point here
    return lambda: uuid.UUID(int=source.getrandbits(128), version=4).hex
