"""What a load remembers from one set of rows to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from homeroom.records.district import District
from homeroom.records.links import Key, Target, check_same, find_targets
from homeroom.store.connect import Connection

_MOST_KEPT: Final = 200_000


class TargetBook:
    """The records that a load's references name, as it has found them; the same few come again and again.

    They may have gone since, or have another key: who writes one down holds it and calls `check`.
    """

    def __init__(self, district: District) -> None:
        self._district = district
        self._found: dict[str, dict[Key, Target]] = {}

    def of(self, resource: str) -> dict[Key, Target]:
        """Those of a resource by their key; the same dictionary each time."""
        return self._found.setdefault(resource, {})

    async def learn(self, resource: str, keys: Iterable[Key], connection: Connection) -> None:
        """Looks up the keys that are not known yet."""
        known = self.of(resource)
        unknown = [key for key in dict.fromkeys(keys) if key not in known and None not in key]
        if not unknown:
            return
        if len(known) + len(unknown) > _MOST_KEPT:
            known.clear()
        known.update(await find_targets(self._district, resource, unknown, connection))

    async def check(self, resource: str, held: Collection[tuple[Key, int]], connection: Connection) -> None:
        """Raises SerializationError when a key that can change names another record by now."""
        if resource not in self._district.catalog.changeable_keys:
            return
        keys = list({key for key, _ in held})
        check_same(held, await find_targets(self._district, resource, keys, connection) if keys else {})

    def forget(self) -> None:
        """Everything is to be looked up again."""
        for known in self._found.values():
            known.clear()


@dataclass(slots=True)
class LoadMemory:
    """One load's memory.

    targets: what its rows have referred to. brings_news: most rows of the last set were new, so that it is
    worth while to make the next ones ready before it is known what stands.
    """

    targets: TargetBook
    brings_news: bool = True
