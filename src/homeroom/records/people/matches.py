"""Pairs that a person decides: both sides as the reader may see them, the decision, and its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from uuid import UUID

from homeroom.matching.people import Person
from homeroom.matching.reasons import Reason, Reasons
from homeroom.records.district import District
from homeroom.records.people.identities import (
    KINDS,
    Identity,
    Incoming,
    Known,
    New,
    Undecided,
    identify_people,
    leave_to_identify,
    seal_incoming,
    unseal_incoming,
)
from homeroom.records.people.roll import Roll
from homeroom.records.read import fence_of
from homeroom.store.jobs import add_job
from homeroom.store.queries import query
from homeroom.store.rolls import Few
from homeroom.trust.acts import record_act
from homeroom.trust.areas import Area, AreaLeave
from homeroom.trust.grant import Grant

_PARTS: Final = "homeroom.records.people"
_LEDGER: Final = "matching.question"
DECIDED_JOB: Final = "match.decided"
"""Loads what waits for the person of a pair, the job's subject."""
REOPENED_JOB: Final = "match.reopened"
"""Takes back what came in under the person of a pair, the job's subject."""
_FOLLOWED_BY: Final[Mapping[str, str]] = MappingProxyType(
    {"rule_same": DECIDED_JOB, "rule_different": DECIDED_JOB, "reopen_question": REOPENED_JOB}
)


class Ruling(StrEnum):
    """What a person finds."""

    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Question:
    """Two who may be one. incoming: as the source tells of them; known: as the district does, as far as the reader
    may see.

    state: `open`, `same` or `different`. decided_by: a name, or None while it is open; probability: 0..1. left: records
    that came in by an earlier match and could not be taken off the person, by resource.
    """

    id: int
    resource: str
    source: str
    source_id: str
    incoming: Person
    unique_id: str
    known: Person
    probability: float
    reasons: Reasons
    state: str
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    left: tuple[tuple[str, UUID], ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """A page of them. open: how many wait in all, also those about people whom the reader may not see."""

    shown: Sequence[Question]
    open: int


Ask: TypeAlias = Callable[[str], Grant | None]
"""The reader's Grant to read a resource; None where the policy refuses it."""


async def read_questions(district: District, leave: AreaLeave, *, ask: Ask, most: int) -> Questions:
    """The first that are open, those put off last, and after them what was decided lately. leave: to the matches.

    A pair of which the reader may not see the district's side is left out.
    """
    if leave.area is not Area.MATCHES:
        return Questions((), 0)
    async with district.database.reading(None) as connection:
        waiting = await connection.fetchval(query(_PARTS, "count_questions"))
        rows = await connection.fetch(query(_PARTS, "list_questions"), most)
        if rows:
            ids = [row["id"] for row in rows]
            await record_act(connection, leave.member, act="Read", resource=_LEDGER, records=ids)
    known = await read_known(district, ask, [_who(row) for row in rows])
    shown = [_question(district, row, found) for row in rows if (found := known.get(_who(row)))]
    return Questions(shown, waiting)


async def decide_match(
    district: District, leave: AreaLeave, *, ask: Ask, question: int, ruling: Ruling
) -> bool:
    """Keeps what a person found; False when the pair is not open, or not the reader's to see.

    Same: the source's id means this person from now on, and its other open pairs are settled with it. Different: they
    are never asked about again; once all are, the source's person is new. What waits for the person is loaded by a job.
    """
    return await _act(district, leave, f"rule_{ruling}", ask=ask, question=question)


async def undo_decision(district: District, leave: AreaLeave, *, ask: Ask, question: int) -> bool:
    """Opens a decided pair again, and what was settled with it; False when it is open, or not the reader's to see.

    What a source brought for the person by that decision is taken off them, by a job; the crosswalk keeps the old row
    with its end.
    """
    return await _act(district, leave, "reopen_question", ask=ask, question=question)


async def doubt_match(
    district: District, leave: AreaLeave, *, ask: Ask, resource: str, source: str, source_id: str
) -> int | None:
    """Calls into doubt whom an id of a source means; the pair that asks, or None where there is nothing to see.

    The id means nobody until a person has decided, whatever the source says meanwhile, and what it brought for the
    person is taken off them by a job.
    """
    kind = KINDS.get(resource)
    if leave.area is not Area.MATCHES or kind is None:
        return None
    async with district.database.reading(None) as connection:
        known = await connection.fetchval(query(_PARTS, "read_meaning"), kind, source, source_id)
    if known is None or (kind, known) not in await read_known(district, ask, [(kind, known)]):
        return None
    one = seal_incoming(district, kind, Incoming(source, source_id, brings_new=False))
    async with district.database.writing() as connection:
        question: int | None = await connection.fetchval(
            query(_PARTS, "doubt_crosswalk"), kind, source, source_id, one, leave.member.label
        )
        if question is not None:
            await record_act(connection, leave.member, act="doubt", resource=_LEDGER, records=[question])
            await add_job(connection, REOPENED_JOB, subject=question)
    return question


async def _act(district: District, leave: AreaLeave, act: str, *, ask: Ask, question: int) -> bool:
    """Runs the act's statement where the reader may see the pair, with its ledger entry."""
    if leave.area is not Area.MATCHES:
        return False
    async with district.database.reading(None) as connection:
        pair = await connection.fetchrow(query(_PARTS, "read_question"), question)
    if pair is None or _who(pair) not in await read_known(district, ask, [_who(pair)]):
        return False
    async with district.database.writing() as connection:
        done = await connection.fetchval(query(_PARTS, act), question, leave.member.label)
        if done is not None:
            await record_act(connection, leave.member, act=act, resource=_LEDGER, records=[question])
            if act in _FOLLOWED_BY:
                await add_job(connection, _FOLLOWED_BY[act], subject=question)
    return done is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody of a source about whom a person was asked, and who they are by now.

    unique_id: None while that is open, or where they are nobody. is_brought: the district has them from the source
    alone.
    """

    resource: str
    source: str
    source_id: str
    unique_id: str | None
    is_brought: bool


async def identify_asked(district: District, question: int, *, task: str) -> Asked | None:
    """Looks once more who the source's person of a pair is, after a decision; None when there is no such pair."""
    async with district.database.writing() as connection:
        row = await connection.fetchrow(query(_PARTS, "read_asked"), question)
        if row is None:
            return None
        kind, source, source_id, sealed, batch = row
        resource = next(name for name, own in KINDS.items() if own == kind)
        one = unseal_incoming(district, kind, source=source, source_id=source_id, sealed=sealed)
        grant = leave_to_identify(district, resource, task=task)
        answers = await identify_people(district, grant, people=[one], connection=connection, batch=batch)
    unique_id, is_brought = _brought(one, answers[0])
    return Asked(resource, source, source_id, unique_id, is_brought)


def _brought(one: Incoming, answer: Identity) -> tuple[str | None, bool]:
    """Who somebody of a source is, if anybody, and whether the source alone brings them."""
    match answer:
        case Known():
            return answer.unique_id, answer.was_new
        case New():
            return (answer.unique_id if one.brings_new else None), one.brings_new
        case Undecided():
            return None, False


def _who(row: Any) -> tuple[str, str]:
    return row["kind"], row["candidate"]


async def read_known(
    district: District, ask: Ask, people: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], Person]:
    """The district's people as far as the reader may see them, under their own Grants. people: kind and unique id."""
    found: dict[tuple[str, str], Person] = {}
    for resource, kind in KINDS.items():
        wanted = [unique_id for own, unique_id in people if own == kind]
        grant = ask(resource) if wanted else None
        if grant is None:
            continue
        async with district.database.reading(fence_of(grant.conditions)) as connection:
            async for listed in Roll(district, grant, connection).read(few=Few((), (), wanted)):
                found[kind, listed.unique_id] = listed.person
    return found


def _question(district: District, row: Any, known: Person) -> Question:
    one = unseal_incoming(
        district,
        row["kind"],
        source=row["source"],
        source_id=row["source_id"],
        sealed=row["incoming_sealed"],
    )
    return Question(
        id=row["id"],
        resource=next(name for name, kind in KINDS.items() if kind == row["kind"]),
        source=row["source"],
        source_id=row["source_id"],
        incoming=one.person,
        unique_id=row["candidate"],
        known=known,
        probability=row["probability"],
        reasons=tuple(Reason(reason) for reason in row["reasons"]),
        state=row["state"],
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        decided_by=row["name"] or row["decided_by"],
        left=tuple((resource, UUID(uuid)) for resource, uuid in row["left_records"]),
    )
