"""Who is who: whom of the district a source means by its ids, kept in the crosswalk once it is decided.

`identify_people` answers for a batch of incoming people: known, new, or undecided until a person has looked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.matching.people import Person, either_way
from homeroom.matching.reasons import NEEDS_A_PERSON, Reason, Reasons
from homeroom.matching.verdicts import Answer, Candidate, Thresholds, Verdict
from homeroom.records.district import District
from homeroom.records.people.roll import Roll
from homeroom.records.read import fence_of
from homeroom.records.tasks import decide_task
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.rolls import Few
from homeroom.trust.grant import Action, Grant

_PARTS: Final = "homeroom.records.people"
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"Student": "student", "Staff": "staff", "Contact": "contact"}
)
"""The resources that are people, and what the crosswalk calls them."""
_MATCHED_BY: Final = "matching"
_UNIQUE_ID: Final = "unique id"
_FEW: Final = 200
"""Incoming people up to whom only those who share something with one of them are read, instead of the whole roll."""
_LONGEST_UNIQUE_ID: Final = 32
_SEARCH: Final = Thresholds(different=0.01)
_CONTRADICTS: Final = frozenset({Reason.ID_REUSED})
_BROUGHT: Final = frozenset({Reason.NOBODY_ALIKE, Reason.ALL_RULED_OUT})


class IdentifyRefusedError(HomeroomError):
    """The policy does not let the task read people."""

    code = "identities.refused"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody a source tells of.

    source: the name under which the crosswalk keeps the source; source_id: the id there, unique in it.
    unique_id: the district's own number of the person, where the source gives it; empty where it does not.
    brings_new: whether somebody whom nobody is like is new to the district from now on; if not, that is said of them
    and not kept, so that the next look may find them.
    """

    source: str
    source_id: str
    person: Person = field(default_factory=Person)
    unique_id: str = ""
    brings_new: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """It is this person of the district. reasons: why, for the report and the explain page."""

    unique_id: str
    reasons: Reasons

    @property
    def was_new(self) -> bool:
        """Whether the district has the person from this source: nobody was like them when it first told of them."""
        return bool(_BROUGHT & set(self.reasons))


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

    resource: one of KINDS. task: as for `operator_leave`. Raises IdentifyRefusedError.
    """
    decision = decide_task(district, task, action=Action.READ, resource=resource)
    if not isinstance(decision, Grant):
        raise IdentifyRefusedError(f"The task {task} may not read {resource}.")
    return decision


async def identify_people(
    district: District,
    grant: Grant,
    *,
    people: Sequence[Incoming],
    request: str = "",
    connection: Connection | None = None,
    batch: int | None = None,
) -> list[Identity]:
    """Who each of the people is, in their order; what is decided here is kept in the crosswalk.

    grant: to read the resource that they are of, from `leave_to_identify`. Everything happens in one transaction with
    its ledger entries: one of its own, or the caller's, such as that of a trial which is rolled back in the end.
    Give a whole file's people at once: they are then compared with each other's claims too. batch: the load that
    asks, with which what is decided for it is taken back.
    """
    if not people:
        return []
    opened = district.database.writing() if connection is None else nullcontext(connection)
    async with opened as within:
        return await _Look(district, grant, within, request, batch=batch).identify(people)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody of the district who is like the one looked for. probability: 0..1."""

    unique_id: str
    probability: float
    reasons: Reasons


async def search_people(
    district: District, grant: Grant, *, people: Sequence[Person], request: str = ""
) -> list[tuple[Found, ...]]:
    """For each of the people those of the district who may be the same, the likeliest first; nothing is kept."""
    if not people:
        return []
    waiting = [Incoming("", str(number), person) for number, person in enumerate(people)]
    async with district.database.reading(fence_of(grant.conditions)) as connection:
        verdicts, unique_ids = await _Look(district, grant, connection, request).match(waiting, _SEARCH)
    return [
        tuple(Found(unique_ids[c.known], c.probability, c.reasons) for c in verdict.candidates)
        for verdict in verdicts
    ]


Key: TypeAlias = tuple[str, str]
"""A source and its id of somebody."""


class _Look:
    """One look at who is who, in one transaction."""

    def __init__(
        self,
        district: District,
        grant: Grant,
        connection: Connection,
        request: str,
        *,
        batch: int | None = None,
    ) -> None:
        self._district = district
        self._batch = batch
        self._kind = KINDS[grant.resource]
        self._connection = connection
        self._roll = Roll(district, grant, connection, request)

    async def identify(self, people: Sequence[Incoming]) -> list[Identity]:
        """An answer each, in their order."""
        decided = await self._read("read_crosswalk", people)
        answers: dict[Key, Identity] = {
            (source, source_id): Known(unique_id, (Reason.DECIDED_BEFORE, *map(Reason, reasons)))
            for source, source_id, unique_id, reasons in decided
        }
        waiting = list({_key(one): one for one in people if _key(one) not in answers}.values())
        answers |= await self._read_open(waiting)
        waiting = [one for one in waiting if _key(one) not in answers]
        if waiting:
            answers |= await self._compare(waiting)
        return [answers[_key(one)] for one in people]

    async def _read_open(self, waiting: Sequence[Incoming]) -> Mapping[Key, Identity]:
        """Those about whom a person is asked already, and of whom the source says nothing new that counts."""
        said = {_key(one): one for one in waiting}
        found: dict[Key, Undecided] = {}
        for source, source_id, question, sealed, reasons in await self._read("read_open_questions", waiting):
            key = (source, source_id)
            asked = unseal_incoming(
                self._district, self._kind, source=source, source_id=source_id, sealed=sealed
            )
            # Nothing but a person settles what a person has called into doubt.
            if asked == said[key] or Reason.DOUBTED in reasons:
                known = found.get(key) or Undecided((), tuple(Reason(reason) for reason in reasons))
                found[key] = Undecided((*known.questions, question), known.reasons)
        return found

    async def match(
        self, waiting: Sequence[Incoming], thresholds: Thresholds
    ) -> tuple[list[Verdict], list[str]]:
        """What the comparison with the district's people says of each, and the unique ids by row."""
        from homeroom.matching.features import (  # noqa: PLC0415 - slow imports, so that the server starts without them
            FeatureBuilder,
            Words,
            compile_features,
        )
        from homeroom.matching.match import set_up  # noqa: PLC0415 - as above

        builder, unique_ids = FeatureBuilder(Words()), []
        async for listed in self._roll.read(few=_few(waiting) if len(waiting) <= _FEW else None):
            builder.add(_with_unique_id(listed.person, listed.unique_id))
            unique_ids.append(listed.unique_id)
        known = builder.features()
        people = [_with_unique_id(one.person, one.unique_id) for one in waiting]
        incoming = await asyncio.to_thread(compile_features, people, known.words)
        matcher = await asyncio.to_thread(set_up, incoming, known, people=await self._roll.count())
        return await asyncio.to_thread(matcher.verdicts, thresholds), unique_ids

    async def _compare(self, waiting: Sequence[Incoming]) -> Mapping[Key, Identity]:
        verdicts, unique_ids = await self.match(waiting, Thresholds())
        rulings = {tuple(row) for row in await self._read("read_rulings", waiting)}
        sources = list({one.source for one in waiting})
        claims = await self._connection.fetch(query(_PARTS, "read_claims"), self._kind, sources)
        file = _File(unique_ids, {tuple(row) for row in rulings}, {tuple(row) for row in claims})
        judged = [
            file.judge(one, verdict, minted=self._mint(one))
            for one, verdict in zip(waiting, verdicts, strict=True)
        ]
        return await self._keep(waiting, judged)

    def _mint(self, one: Incoming) -> str:
        """A unique id for somebody whose own is taken: always the same for the same id of a source."""
        number = self._district.keys.blind_index("\0".join((self._kind, one.source, one.source_id)))
        return f"H{number % 2**64:016x}"

    async def _keep(self, waiting: Sequence[Incoming], judged: Sequence[_Judged]) -> Mapping[Key, Identity]:
        pairs = list(zip(waiting, judged, strict=True))
        found = [
            (one, answer)
            for one, answer in pairs
            if isinstance(answer, Known) or (isinstance(answer, New) and one.brings_new)
        ]
        await self._connection.execute(
            query(_PARTS, "keep_crosswalk"),
            self._kind,
            [one.source for one, _ in found],
            [one.source_id for one, _ in found],
            [answer.unique_id for _, answer in found],
            [" ".join(answer.reasons) for _, answer in found],
            _MATCHED_BY,
            self._batch,
        )
        await self._read("withdraw_questions", [one for one, _ in pairs])
        asked = await self._ask([(one, answer) for one, answer in pairs if isinstance(answer, _Open)])
        return {
            _key(one): Undecided(tuple(asked[_key(one)]), answer.reasons)
            if isinstance(answer, _Open)
            else answer
            for one, answer in pairs
        }

    async def _ask(self, opened: Sequence[tuple[Incoming, _Open]]) -> Mapping[Key, list[int]]:
        pairs = [(one, told) for one, answer in opened for told in answer.candidates]
        rules = {_key(one): NEEDS_A_PERSON.intersection(answer.reasons) for one, answer in opened}
        rows = await self._connection.fetch(
            query(_PARTS, "ask_questions"),
            self._kind,
            [one.source for one, _ in pairs],
            [one.source_id for one, _ in pairs],
            [seal_incoming(self._district, self._kind, one) for one, _ in pairs],
            [unique_id for _, (unique_id, _) in pairs],
            [candidate.probability for _, (_, candidate) in pairs],
            [" ".join((*sorted(rules[_key(one)]), *told.reasons)) for one, (_, told) in pairs],
            self._batch,
        )
        found: dict[Key, list[int]] = {}
        for question, source, source_id in rows:
            found.setdefault((source, source_id), []).append(question)
        return found

    async def _read(self, name: str, people: Sequence[Incoming]) -> Sequence[tuple[Any, ...]]:
        sources, ids = [one.source for one in people], [one.source_id for one in people]
        rows = await self._connection.fetch(query(_PARTS, name), self._kind, sources, ids)
        return [tuple(row) for row in rows]


@dataclass(frozen=True, slots=True)
class _Open:
    """What a person is asked. candidates: unique id and what the comparison says, the likeliest first."""

    candidates: tuple[tuple[str, Candidate], ...]
    reasons: Reasons


_Judged: TypeAlias = Known | New | _Open


class _File:
    """The incoming people of one look, beside what people and earlier looks have decided.

    unique_ids: of the district's people, by row. rulings: pairs that are two. claims: who has an id in a source.
    """

    def __init__(
        self, unique_ids: Sequence[str], rulings: set[tuple[str, ...]], claims: set[tuple[str, ...]]
    ) -> None:
        self._unique_ids = unique_ids
        self._taken = set(unique_ids)
        self._rulings = rulings
        self._claims = claims

    def judge(self, one: Incoming, verdict: Verdict, *, minted: str) -> _Judged:
        """The matcher's verdict, corrected by what was decided before."""
        candidates = tuple(
            (unique_id, candidate)
            for candidate in verdict.candidates
            if (*_key(one), unique_id := self._unique_ids[candidate.known]) not in self._rulings
        )
        if not candidates:
            ruled_out = bool(verdict.candidates)
            return self._new(one, Reason.ALL_RULED_OUT if ruled_out else Reason.NOBODY_ALIKE, minted=minted)
        best, candidate = candidates[0]
        own = next((c for u, c in candidates if u == one.unique_id), None)
        if own is not None and not _CONTRADICTS & set(verdict.reasons):
            return Known(one.unique_id, (Reason.SAME_UNIQUE_ID, *own.reasons))
        if verdict.answer is Answer.ASK:
            return _Open(candidates, verdict.reasons)
        if (one.source, best) in self._claims:
            return _Open(candidates, (Reason.CLAIMED_TWICE, *verdict.reasons))
        return Known(best, candidate.reasons)

    def _new(self, one: Incoming, why: Reason, *, minted: str) -> New:
        wanted = one.unique_id or one.source_id
        unique_id = minted if wanted in self._taken or len(wanted) > _LONGEST_UNIQUE_ID else wanted
        self._taken.add(unique_id)
        return New(unique_id, (why,))


def seal_incoming(district: District, kind: str, one: Incoming) -> bytes:
    """What a source says of somebody, for a question to keep."""
    return district.keys.seal(msgspec.json.encode(one), place=_place(kind, one.source, one.source_id))


def unseal_incoming(district: District, kind: str, *, source: str, source_id: str, sealed: bytes) -> Incoming:
    """The same, opened again."""
    return msgspec.json.decode(
        district.keys.unseal(sealed, place=_place(kind, source, source_id)), type=Incoming
    )


def _place(kind: str, source: str, source_id: str) -> bytes:
    return "\0".join(("matching.question", kind, source, source_id)).encode()


def _key(one: Incoming) -> Key:
    return one.source, one.source_id


def _with_unique_id(person: Person, unique_id: str) -> Person:
    """The person with the district's own number among the known ones."""
    if not unique_id:
        return person
    return replace(person, known_ids=(*person.known_ids, (_UNIQUE_ID, unique_id)))


def _few(waiting: Sequence[Incoming]) -> Few:
    """What somebody of the district must share with one of them: a birth date as it is or swapped, a name, a number."""
    people = [one.person for one in waiting]
    born = {day for person in people if person.birth_date for day in either_way(person.birth_date)}
    names = {
        text.lower()
        for person in people
        for name in (person.given_name, person.surname, *person.other_names)
        for text in (name, *name.replace("-", " ").split())
        if name
    }
    numbers = {number for one in waiting for number in (one.unique_id, one.source_id) if number}
    return Few(sorted(born), sorted(names), sorted(numbers))
