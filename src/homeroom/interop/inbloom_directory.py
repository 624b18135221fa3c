"""What is known of a district's old records while its files are read: keys by old name, facts, parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

from homeroom.interop.edfi_reading import KeyValues
from homeroom.interop.xml_record import Document, Json

_RESERVED_NUMBERS = 4_000_000_000_000_000
_RESERVED_SPAN = 1_000_000_000_000_000
_LONGEST_NUMBER = 12
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class OrganizationNumbers(Protocol):
    """The crosswalk from organisation ids that were text to the numbers of the standard."""

    def number_for(self, text: str) -> int:
        """The number of an organisation: the same text always gets the same number."""


class HashedOrganizationNumbers:
    """A crosswalk that needs no store: numbers stay, other texts are hashed into a reserved range.

    The range is 4 to 5 * 10^15, which JSON readers keep exact. At 10,000 organisations the chance that
    any two meet is 1 in 20,000; a stored crosswalk has none.
    """

    def number_for(self, text: str) -> int:
        """The text itself when it is a plain number of at most 12 digits, else its hash."""
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and text == str(int(text)):
            return int(text)
        digest = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        return _RESERVED_NUMBERS + digest % _RESERVED_SPAN


Owner: TypeAlias = tuple[str, tuple[Json, ...]]
"""A record that parts belong to: its concept and the values of its key."""


class Name(NamedTuple):
    """What the old files call a record: its concept, which of the concept's namings, the parts."""

    concept: str
    naming: int
    parts: tuple[str, ...]


_Texts = tuple[str, ...]
_Lasting = tuple[
    list[tuple[str, int, _Texts, dict[str, Any]]],
    list[tuple[str, _Texts, str, Any]],
    list[tuple[int, str, list[int]]],
]


@dataclass(slots=True)
class _Part:
    member: str
    item: Document
    file: str | None
    line: int
    is_claimed: bool = False


class Directory:
    """Everything reading must remember: names, keys, facts, and the parts that wait for their record.

    One per district. Names, facts and organisations last, so that a later package may refer to what an
    earlier one held; ids and parts are of one package.
    """

    def __init__(self) -> None:
        self._named: dict[Name, KeyValues] = {}
        self._by_id: dict[tuple[str, str | None, str], KeyValues] = {}
        self._facts: dict[tuple[str, tuple[str, ...]], tuple[str, Json]] = {}
        self._parts: dict[Owner, list[_Part]] = defaultdict(list)
        self._organizations: dict[int, tuple[str, frozenset[int]]] = {}
        self._sessions: dict[Json, list[KeyValues]] = defaultdict(list)

    def add(self, name: Name, key: KeyValues, kept: KeyValues) -> None:
        """Remember the key of a record, and further values of it, by one of its names.

        By its first naming a later record takes the place of an earlier one: that was the old identity.
        By any other, a name that two records share names neither.
        """
        before = self._named.get(name)
        if (
            name.naming
            and before is not None
            and any(before.get(part) != value for part, value in key.items())
        ):
            self._named[name] = {}
            return
        values = {**key, **kept}
        if before is None and name.concept == "session" and name.naming == 0:
            self._sessions[values["schoolId"]].append(values)
        self._named[name] = values

    def find(self, name: Name) -> KeyValues | None:
        """The key (and kept values) of a record by its old name; None when it is unknown."""
        return self._named.get(name) or None

    def start_package(self) -> None:
        """Forget the ids and parts of the package before."""
        self._by_id.clear()
        self._parts.clear()

    def render(self) -> bytes:
        """What lasts, as JSON, for a caller that keeps it between packages; personal, so seal it."""
        lasting = (
            [(*name, values) for name, values in self._named.items()],
            [(fact, about, *told) for (fact, about), told in self._facts.items()],
            [(number, kind, sorted(parents)) for number, (kind, parents) in self._organizations.items()],
        )
        return _ENCODER.encode(lasting)

    @classmethod
    def parse(cls, rendered: bytes) -> Directory:
        """A directory from what `render` gave."""
        directory = cls()
        names, facts, organizations = msgspec.json.decode(rendered, type=_Lasting)
        for concept, naming, parts, values in names:
            directory.add(Name(concept, naming, parts), values, {})
        for fact, about, rank, value in facts:
            directory.tell(fact, about, value, rank=rank)
        for number, kind, parents in organizations:
            directory.add_organization(number, kind, frozenset(parents))
        return directory

    def add_id(self, concept: str, file: str | None, xml_id: str, values: KeyValues) -> None:
        """Remember the key of a record by its id; ids are looked for in the same file first."""
        self._by_id[concept, file, xml_id] = values
        self._by_id[concept, None, xml_id] = values

    def find_id(self, concept: str, file: str | None, xml_id: str) -> KeyValues | None:
        """The key of the record with the id."""
        return self._by_id.get((concept, file, xml_id)) or self._by_id.get((concept, None, xml_id))

    def tell(self, fact: str, about: tuple[str, ...], value: Json, *, rank: str) -> None:
        """Note a fact; of several the highest rank stands, of equals the first."""
        before = self._facts.get((fact, about))
        if before is None or rank > before[0]:
            self._facts[fact, about] = rank, value

    def ask(self, fact: str, about: tuple[str, ...]) -> Json:
        """What was told about something; None when nothing was."""
        found = self._facts.get((fact, about))
        return found[1] if found else None

    def add_part(
        self, owner: tuple[str, tuple[Json, ...]], part: tuple[str, Document], at: tuple[str | None, int]
    ) -> None:
        """Keep an item for the record (concept and key) it belongs to. part: member and item."""
        self._parts[owner].append(_Part(*part, *at))

    def claim_parts(self, owner: Owner) -> list[tuple[str, Document]]:
        """The items of a record."""
        parts = self._parts.get(owner, [])
        for part in parts:
            part.is_claimed = True
        return [(part.member, part.item) for part in parts]

    def unclaimed_parts(self) -> list[tuple[str, str | None, int]]:
        """Items whose record never came: member, file, line."""
        return [
            (part.member, part.file, part.line)
            for parts in self._parts.values()
            for part in parts
            if not part.is_claimed
        ]

    def add_organization(self, number: int, kind: str, parents: frozenset[int]) -> None:
        """Remember an organisation's kind (a resource name) and what stands above it."""
        self._organizations[number] = kind, parents

    def kind_of(self, number: int) -> str | None:
        """The resource an organisation is; None when no file has told."""
        found = self._organizations.get(number)
        return found[0] if found else None

    def top_organization(self) -> int | None:
        """The one organisation with nothing above it; None when there is none or more than one."""
        tops = [number for number, (_, parents) in self._organizations.items() if not parents]
        return tops[0] if len(tops) == 1 else None

    def schools_below(self, number: int) -> list[int]:
        """Known schools at or below an organisation, in order."""
        return sorted(
            n
            for n, (kind, _) in self._organizations.items()
            if kind == "School" and self._is_below(n, number)
        )

    def sessions_on(self, school: Json, day: str) -> list[KeyValues]:
        """The school's sessions that contain the day, by name."""
        found = [s for s in self._sessions.get(school, ()) if str(s["beginDate"]) <= day <= str(s["endDate"])]
        return sorted(found, key=lambda session: str(session["sessionName"]))

    def session_of(self, section: KeyValues) -> KeyValues | None:
        """The session a section (or its offering) takes place in, with its days."""
        parts = ("schoolYear", "sessionName")
        sessions = self._sessions.get(section["schoolId"], ())
        return next((s for s in sessions if all(s[part] == section[part] for part in parts)), None)

    def _is_below(self, number: int, top: int) -> bool:
        seen: set[int] = set()
        waiting = [number]
        while waiting:
            here = waiting.pop()
            if here == top:
                return True
            if here not in seen:
                seen.add(here)
                waiting.extend(self._organizations.get(here, ("", frozenset()))[1])
        return False
