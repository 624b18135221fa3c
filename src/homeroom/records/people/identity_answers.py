"""What the Identities API tells of students: the unique id and the likeness, and the rest under the client's own Grant.

Answers to large questions are worked out after the request and kept, sealed, until they are fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from homeroom.matching.people import Person
from homeroom.records.district import District
from homeroom.records.people.identities import Found, search_people
from homeroom.records.people.roll import Listed, Roll
from homeroom.records.read import fence_of
from homeroom.store.queries import query
from homeroom.store.rolls import Few
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Grant

_PARTS: Final = "homeroom.records.people"


@dataclass(frozen=True, slots=True)
class ToldIdentity:
    """One student. score: 0..100. person: None where the client may not read the student's record."""

    unique_id: str
    score: float
    person: Person | None


@dataclass(frozen=True, slots=True)
class IdentityAsk:
    """Under what is answered. grant: to compare with every student; reading: the client's own to read students."""

    grant: Grant
    reading: Grant | None
    request: str = ""


async def find_identities(
    district: District, ask: IdentityAsk, *, unique_ids: Sequence[str]
) -> list[tuple[ToldIdentity, ...]]:
    """For each unique id the student, or nobody."""
    standing = await _read(district, ask.grant, unique_ids, ask.request)
    shown = await _read_shown(district, ask, list(standing))
    return [
        (ToldIdentity(unique_id, 100.0, shown.get(unique_id)),) if unique_id in standing else ()
        for unique_id in unique_ids
    ]


async def search_identities(
    district: District, ask: IdentityAsk, *, people: Sequence[Person]
) -> list[tuple[ToldIdentity, ...]]:
    """For each of the people the students who may be the same, the likeliest first."""
    found = await search_people(district, ask.grant, people=people, request=ask.request)
    shown = await _read_shown(district, ask, [one.unique_id for each in found for one in each])
    return [tuple(_told(one, shown) for one in each) for each in found]


async def open_answer(district: District, client: ApiClient) -> UUID:
    """A place for an answer that will be ready later. Old ones go."""
    token = uuid4()
    async with district.database.writing() as connection:
        await connection.execute(query(_PARTS, "open_answer"), token, client.id)
    return token


async def keep_answer(district: District, token: UUID, answer: bytes) -> None:
    """Puts the answer into its place, sealed."""
    sealed = district.keys.seal(answer, place=_place(token))
    async with district.database.writing() as connection:
        await connection.execute(query(_PARTS, "keep_answer"), token, sealed)


async def read_answer(district: District, client: ApiClient, token: UUID) -> bytes | None:
    """The answer; empty while it is not ready. None when there is no such place, or it is another client's."""
    async with district.database.reading(None) as connection:
        row = await connection.fetchrow(query(_PARTS, "read_answer"), token, client.id)
    if row is None:
        return None
    return district.keys.unseal(row[0], place=_place(token)) if row[0] else b""


def _place(token: UUID) -> bytes:
    return b"matching.answer:" + token.bytes


def _told(found: Found, shown: Mapping[str, Person]) -> ToldIdentity:
    return ToldIdentity(found.unique_id, round(found.probability * 100, 1), shown.get(found.unique_id))


async def _read_shown(
    district: District, ask: IdentityAsk, unique_ids: Sequence[str]
) -> Mapping[str, Person]:
    """The students whose records the client may read itself."""
    if ask.reading is None or not unique_ids:
        return {}
    found = await _read(district, ask.reading, unique_ids, ask.request)
    return {unique_id: listed.person for unique_id, listed in found.items()}


async def _read(
    district: District, grant: Grant, unique_ids: Sequence[str], request: str
) -> Mapping[str, Listed]:
    async with district.database.reading(fence_of(grant.conditions)) as connection:
        roll = Roll(district, grant, connection, request)
        return {listed.unique_id: listed async for listed in roll.read(few=Few((), (), unique_ids))}
