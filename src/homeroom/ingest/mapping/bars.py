"""What a spec does not make: members that the district does not store. Columns that feed nothing else are unused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from homeroom.standard.classification_rules import RefusedCodes
from homeroom.standard.model import Resource


class Bars(Protocol):
    """Knows what the district does not store. Equal to itself alone, so that a compiled spec can be kept with it."""

    def __hash__(self) -> int: ...  # type: ignore[explicit-override]  # the word for it comes with Python 3.12

    def barred_paths(self, resource: Resource) -> frozenset[str]:
        """Members as `$.addresses[*].city`; a collection without its closing `[*]`."""
        ...

    def refused_codes(self, resource: Resource) -> Sequence[RefusedCodes]:
        """Codes that no item, or no record, may have."""
        ...


class _NoBars:
    def barred_paths(self, resource: Resource) -> frozenset[str]:  # noqa: ARG002 - as the protocol has it
        return frozenset()

    def refused_codes(self, resource: Resource) -> Sequence[RefusedCodes]:  # noqa: ARG002 - as the protocol has it
        return ()


NO_BARS: Final[Bars] = _NoBars()
"""For a spec that is only checked."""
