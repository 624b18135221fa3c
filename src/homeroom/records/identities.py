"""Who is who: whom of the district a source means by its ids, kept in the crosswalk once it is decided.

`identify_people` answers for a batch of incoming people: known, new, or undecided until a person has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from homeroom.matching.people import Person
from homeroom.matching.reasons import Reason, Reasons
from homeroom.records.district import District
from homeroom.records.ledger import ledger_texts
from homeroom.standard.purposes import Purpose
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.rolls import find_people
from homeroom.trust.actors import Operator
from homeroom.trust.claims import ClaimBook
from homeroom.trust.grant import Action, Grant
from homeroom.trust.policy import Rulebook, decide

_PARTS: Final = "homeroom.records"
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"Student": "student", "Staff": "staff", "Contact": "contact"}
)
"""The resources that are people, and what the crosswalk calls them."""
_MATCHED_BY: Final = "matching"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody a source tells of.

    source: the name under which the crosswalk keeps the source; source_id: the id there, unique in it.
    unique_id: the district's own number of the person, where the source gives it; empty where it does not.
    """

    source: str
    source_id: str
    person: Person = field(default_factory=Person)
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """It is this person of the district. reasons: why, for the report and the explain page."""

    unique_id: str
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class New:
    """Nobody of the district. unique_id: what the new record is to be called."""

    unique_id: str
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class Undecided:
    """A person has to decide. questions: ids of the pairs on the review page; the row waits until then."""

    questions: tuple[int, ...]
    reasons: Reasons


Identity: TypeAlias = Known | New | Undecided


def leave_to_identify(district: District, resource: str, *, task: str) -> Grant:
    """The Grant under which a task of the district's own looks people of the resource up.

    Raises KeyError for a resource that is no person. task: as for `operator_leave`.
    """
    KINDS[resource]
    rulebook = Rulebook(district.catalog.model, ClaimBook((), ()), district.sealing.classification)
    decision = decide(
        rulebook, Operator(task), purpose=Purpose.PLATFORM_OPERATION, action=Action.READ, resource=resource
    )
    if not isinstance(decision, Grant):
        raise PermissionError(f"The task {task} may not read {resource}.")
    return decision


async def identify_people(
    district: District, grant: Grant, *, people: Sequence[Incoming], request: str = ""
) -> list[Identity]:
    """Who each of the people is, in their order; what is decided here is kept in the crosswalk.

    grant: to read the resource that they are of, from `leave_to_identify`. Everything happens in one transaction with
    its ledger entries. Give a whole file's people at once: they are then compared with each other's claims too.
    """
    if not people:
        return []
    async with district.database.writing() as connection:
        return await _Look(district, grant, connection, request).identify(people)


class _Look:
    """One look at who is who, in one transaction."""

    def __init__(self, district: District, grant: Grant, connection: Connection, request: str) -> None:
        self._district = district
        self._grant = grant
        self._kind = KINDS[grant.resource]
        self._connection = connection
        self._request = request

    async def identify(self, people: Sequence[Incoming]) -> list[Identity]:
        """An answer each, in their order."""
        decided = await self._read_crosswalk(people)
        standing = await self._find([one.unique_id for one in people if one.unique_id])
        answers = [self._by_key(one, decided, standing) for one in people]
        await self._keep(people, answers)
        return answers

    def _by_key(
        self, one: Incoming, decided: Mapping[tuple[str, str], str], standing: frozenset[str]
    ) -> Identity:
        known = decided.get((one.source, one.source_id))
        if known is not None:
            return Known(known, (Reason.DECIDED_BEFORE,))
        if one.unique_id in standing:
            return Known(one.unique_id, (Reason.SAME_UNIQUE_ID,))
        return New(one.unique_id or one.source_id, (Reason.NOBODY_ALIKE,))

    async def _read_crosswalk(self, people: Sequence[Incoming]) -> Mapping[tuple[str, str], str]:
        rows = await self._connection.fetch(
            query(_PARTS, "read_crosswalk"),
            self._kind,
            [one.source for one in people],
            [one.source_id for one in people],
        )
        return {(source, source_id): unique_id for source, source_id, unique_id in rows}

    async def _find(self, unique_ids: Sequence[str]) -> frozenset[str]:
        table = self._district.catalog.tables[self._grant.resource]
        rows = await self._connection.fetch(
            find_people(table), unique_ids, *ledger_texts(self._grant, self._request)
        )
        return frozenset(row[0] for row in rows)

    async def _keep(self, people: Sequence[Incoming], answers: Sequence[Identity]) -> None:
        found = [
            (one, answer)
            for one, answer in zip(people, answers, strict=True)
            if not isinstance(answer, Undecided) and Reason.DECIDED_BEFORE not in answer.reasons
        ]
        await self._connection.execute(
            query(_PARTS, "keep_crosswalk"),
            self._kind,
            [one.source for one, _ in found],
            [one.source_id for one, _ in found],
            [answer.unique_id for _, answer in found],
            [" ".join(answer.reasons) for _, answer in found],
            _MATCHED_BY,
        )
