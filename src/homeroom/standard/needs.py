"""Which members a set of purposes needs; what none of them needs is not stored (GDPR Art. 5(1)(c) and 25)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from homeroom.standard.classification_rules import Tier
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Part, Property, Reference, Resource, part_path
from homeroom.standard.purposes import Purpose

ALWAYS_PURSUED: Final = frozenset({Purpose.PLATFORM_OPERATION, Purpose.SECURITY, Purpose.GUARDIAN_ACCESS})
"""What no district can do without. That a family may look at a member is no reason to hold it, however."""
_NO_REASON: Final = frozenset({Purpose.GUARDIAN_ACCESS})

Steps: TypeAlias = tuple[tuple[str, bool], ...]
"""A member's way from the root: the name of each step, and whether it is a collection."""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A member that no purpose needs, with all inside it. path: as findings have it."""

    path: str
    steps: Steps


def unneeded_members(
    table: ClassificationTable, resource: Resource, purposes: Collection[Purpose]
) -> tuple[Unneeded, ...]:
    """The members to be left out before a record is stored; those inside one that is left out are not named.

    Never what a record cannot be without (required members, keys, what access is decided over), what is public, what
    is refused anyway, or what nobody has classified: that is kept, sealed, until somebody says what it is for.
    """
    search = _Search(table, resource, (frozenset(purposes) | ALWAYS_PURSUED) - _NO_REASON)
    return tuple(search.of_root())


@dataclass(frozen=True, slots=True)
class _Search:
    table: ClassificationTable
    resource: Resource
    reasons: frozenset[Purpose]

    def of_root(self) -> Iterator[Unneeded]:
        """What is unneeded of the whole document; what extensions add is a part of it."""
        yield from self._of(self.resource, (), (), self.table.fixed.get(self.resource.name, frozenset()))
        if self.resource.extensions:
            added = Part("_ext", "Extensions", is_collection=False, parts=self.resource.extensions)
            yield from self._of(added, (added,), (("_ext", False),), frozenset())

    def _of(
        self, level: Resource | Part, above: tuple[Part, ...], steps: Steps, kept: frozenset[str]
    ) -> Iterator[Unneeded]:
        """What is unneeded at one level of the document, and inside what is kept there."""
        prefix = part_path(above[:-1], above[-1]) if above else "$"
        chosen = {m for choice in level.choices if choice.is_required for a in choice.alternatives for m in a}
        members: tuple[Property | Reference, ...] = (*level.properties, *level.references)
        for member in members:
            may_go = not (member.is_required or member.is_identity or member.name in kept | chosen)
            if may_go and not self._is_needed(f"{prefix}.{member.name}"):
                yield Unneeded(f"{prefix}.{member.name}", (*steps, (member.name, False)))
        for part in level.parts:
            path, way = part_path(above, part), (*steps, (part.name, part.is_collection))
            may_go = not (part.is_required or part.name in kept | chosen)
            if may_go and not self._is_needed(path) and not self._has_needed(path.removesuffix("[*]")):
                yield Unneeded(path.removesuffix("[*]"), way)
            else:
                keys = frozenset(key.partition(".")[0] for key in part.key)
                yield from self._of(part, (*above, part), way, keys)

    def _is_needed(self, path: str) -> bool:
        stated = self.table.of(self.resource.name, path)
        if stated.tier in {Tier.T0, Tier.T4} or not stated.purposes - _NO_REASON:
            return True
        return bool(stated.purposes & self.reasons)

    def _has_needed(self, path: str) -> bool:
        """Whether something inside a part is needed."""
        known = self.table.by_path.get(self.resource.name, {})
        inside = (f"{path}.", f"{path}[*].")
        return any(self._is_needed(p) for p in known if p.startswith(inside))
