"""Addresses of the API: which district, which year, which service, and what of it (edfi-api.md 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DISCOVERY: Final = ""
SERVICES: Final = frozenset(
    {"data", "oauth", "metadata", "changequeries", "batch", "health", "identity", "uploads", "composites"}
)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}", re.ASCII)
_VERSION: Final = re.compile(r"v[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A path, taken apart.

    tenant: the segment that must name a district; None where the path has none. context: the school year
    of the route; None where it has none. service: in lower case; `` is the discovery document.
    rest: the segments below the service, a version left out.
    """

    tenant: str | None
    context: int | None
    service: str
    rest: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """What links of ours repeat before the service: `/grand-bend/2027`."""
        parts = [self.tenant, None if self.context is None else str(self.context)]
        return "".join(f"/{part}" for part in parts if part)


def parse_address(path: str) -> Address | None:
    """The parts of a path in any letter case; None when no service of the API can be meant.

    One segment that is no service may be a district's name or a page's: the caller finds out.
    """
    segments = [s for s in path.split("/") if s]
    tenant, context = None, None
    if segments and segments[0].lower() not in SERVICES and not _YEAR.fullmatch(segments[0]):
        tenant = segments.pop(0)
    if segments and _YEAR.fullmatch(segments[0]):
        context = int(segments.pop(0))
    if not segments:
        return Address(tenant, context, DISCOVERY, ())
    service = segments[0].lower()
    if service not in SERVICES:
        return None
    return _address_in_service(tenant, context, service=service, rest=segments[1:])


def _address_in_service(tenant: str | None, context: int | None, *, service: str, rest: list[str]) -> Address:
    """Older clients put the year, or the instance and the year, behind the version of any service."""
    is_metadata = service == "metadata"  # metadata/data/v3/…: the version is part of what is asked
    version = 1 if is_metadata else 0
    named = version + 1 if len(rest) > version and _VERSION.fullmatch(rest[version]) else 0
    kept, below = rest[:named] if is_metadata else [], rest[named:]
    if context is None and len(below) > 1 and _YEAR.fullmatch(below[0]):
        return Address(tenant, int(below[0]), service, (*kept, *below[1:]))
    # In `profiles/2027/swagger.json`, 2027 is a profile's name.
    has_instance = len(below) > (3 if is_metadata else 2) and _YEAR.fullmatch(below[1])
    if context is None and tenant is None and has_instance:
        return Address(below[0], int(below[1]), service, (*kept, *below[2:]))
    return Address(tenant, context, service, (*kept, *below))
