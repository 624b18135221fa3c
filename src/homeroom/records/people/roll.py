"""The people of a district as matching compares them, page by page, under the Grant of whoever looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from homeroom.matching.people import Person
from homeroom.records.district import District
from homeroom.records.ledger import ledger_texts
from homeroom.records.tasks import decide_own
from homeroom.standard.names import snake_case
from homeroom.store.conditions import Condition
from homeroom.store.connect import Connection
from homeroom.store.predicates import Parameters
from homeroom.store.rolls import Few, count_people, select_about, select_enrolled, select_related, select_roll
from homeroom.store.tables import Table
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Grant

_PAGE: Final = 5_000
SHOWN: Final = frozenset(
    {"sexDescriptor", "telephones", "electronicMails", "identificationCodes", "studentIdentificationCodes"}
    | {"identificationCode", "schoolReference", "entryGradeLevelDescriptor", "studentReference"}
)
"""The members of other resources that the roll takes in; a Grant that hides one of them shows none."""
# What else tells people of a resource apart; which of them there are differs between versions of the standard.
_ABOUT: Final = {
    "Student": ("StudentEducationOrganizationAssociation", "StudentDirectory", "StudentIdentificationCode"),
    "Staff": ("StaffDirectory", "StaffIdentificationCode", "StaffDemographic"),
    "Contact": (),
}


@dataclass(slots=True)
class Listed:
    """Somebody of the district. person: what is compared."""

    id: int
    uuid: UUID
    unique_id: str
    person: Person


@dataclass(slots=True)
class _Beside:
    """What other resources say of one person."""

    sex: str = ""
    school: str = ""
    grade: str = ""
    points: list[str] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    related: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Roll:
    """The roll of one resource, for one look at it. connection: in the transaction of the look."""

    district: District
    grant: Grant
    connection: Connection
    request: str = ""

    async def count(self) -> int:
        """How many people the Grant reaches."""
        parameters = Parameters()
        sql = count_people(self._table(self.grant.resource), self.grant.conditions, parameters)
        found: int = await self.connection.fetchval(sql, *parameters.values)
        return found

    async def read(self, *, few: Few | None = None) -> AsyncIterator[Listed]:
        """Everybody, or a few, in the order in which they were stored. At most a page is held at a time."""
        table, last = self._table(self.grant.resource), 0
        while True:
            parameters = Parameters(last, _PAGE, *ledger_texts(self.grant, self.request))
            sql = select_roll(table, self.grant.conditions, parameters, few=few, hidden=self.grant.hidden)
            rows = await self.connection.fetch(sql, *parameters.values)
            beside = await self._read_beside([row[0] for row in rows])
            for row in rows:
                yield self._listed(row, beside.get(row[0]) or _Beside())
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def _leave(self, resource: str) -> Grant | None:
        """Leave to read another resource for the same purpose; None where the policy refuses it."""
        actor = self.grant.actor
        if isinstance(actor, ApiClient):
            return None
        decision = decide_own(
            self.district, actor, purpose=self.grant.purpose, action=Action.READ, resource=resource
        )
        return decision if isinstance(decision, Grant) else None

    def _table(self, resource: str) -> Table:
        return self.district.catalog.tables[resource]

    async def _read_beside(self, ids: Sequence[int]) -> Mapping[int, _Beside]:
        """What other resources say of the people, where the same actor may read them too."""
        found: dict[int, _Beside] = {}
        if not ids:
            return found
        person = self.grant.resource
        for resource in _ABOUT[person]:
            if resource in self.district.catalog.tables:
                for row in await self._fetch(
                    resource, ids, lambda t, c, p: select_about(t, f"{snake_case(person)}_ref", c, p)
                ):
                    self._add_said(found.setdefault(row[1], _Beside()), *row[2:5])
        if person == "Student":
            for row in await self._fetch("StudentSchoolAssociation", ids, select_enrolled):
                one = found.setdefault(row[1], _Beside())
                one.school, one.grade = str(row[2]), self._code(row[3])
        if person == "Contact":
            for row in await self._fetch("StudentContactAssociation", ids, select_related):
                found.setdefault(row[1], _Beside()).related.append(row[2])
        return found

    async def _fetch(
        self,
        resource: str,
        ids: Sequence[int],
        select: Callable[[Table, Sequence[Condition], Parameters], str],
    ) -> Sequence[Any]:
        grant = self._leave(resource)
        if grant is None or grant.hidden & SHOWN:
            return ()
        parameters = Parameters(list(ids), *ledger_texts(grant, self.request))
        sql = select(self._table(resource), grant.conditions, parameters)
        rows: Sequence[Any] = await self.connection.fetch(sql, *parameters.values)
        return rows

    def _listed(self, row: Any, beside: _Beside) -> Listed:
        self._add_said(beside, *row[9:12])
        born: date | None = row[8]
        person = Person(
            given_name=row[3] or "",
            middle_name=row[4] or "",
            surname=row[5] or "",
            suffix=row[6] or "",
            other_names=tuple(row[7]),
            birth_date=born,
            sex=beside.sex,
            school=beside.school,
            grade=beside.grade,
            contact_points=tuple(beside.points),
            known_ids=tuple(beside.codes),
            related=tuple(beside.related),
        )
        return Listed(row[0], row[1], row[2], person)

    def _add_said(self, one: _Beside, sex: int | None, points: str | None, codes: str | None) -> None:
        one.sex = one.sex or self._code(sex)
        one.points += msgspec.json.decode(points, type=list[str]) if points else []
        for code in msgspec.json.decode(codes, type=list[dict[str, object]]) if codes else []:
            system = next((str(v) for name, v in code.items() if name.endswith("SystemDescriptor")), "")
            one.codes.append((code_of(system), str(code.get("identificationCode", ""))))

    def _code(self, descriptor: int | None) -> str:
        return "" if descriptor is None else code_of(self.district.descriptors.uri_of(descriptor))


def code_of(uri: str) -> str:
    """The code value of a descriptor's URI: what a source's word is compared with."""
    return uri.rpartition("#")[2]
