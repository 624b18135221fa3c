"""The Identities API: create, find, search, results (edfi-api.md 1.14); off unless the district switches it on.

Small questions are answered at once. Large ones, or with `Prefer: respond-async`, get 202 and the address of the
answer, whose status is Incomplete until it is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from homeroom.matching.people import Person
from homeroom.records.people.identities import Incoming, Known, Undecided, identify_people
from homeroom.records.people.identity_answers import (
    IdentityAsk,
    ToldIdentity,
    find_identities,
    keep_answer,
    open_answer,
    read_answer,
    search_identities,
)
from homeroom.trust.actors import ApiClient
from homeroom.trust.claim_store import claim_book
from homeroom.trust.grant import Action, Grant, Refusal
from homeroom.trust.identity_service import decide_identities
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer
from homeroom.web.api.deciding import admit_client, parse_identifier
from homeroom.web.api.exchange import BodyTooLargeError, Request, Response, json_response
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site

_AT_ONCE: Final = 100
_MOST: Final = 10_000
_NEEDED: Final = {"first_name": "firstName", "last_surname": "lastSurname", "birth_date": "birthDate"}
_NO_STORE: Final = (("cache-control", "no-store"),)
Told: TypeAlias = Sequence[Sequence[ToldIdentity]]
_Body = TypeVar("_Body")


class IdentityRequest(msgspec.Struct, rename="camel"):
    """Somebody to look for or to create, as the Ed-Fi API writes it. birth_order, birth_location: not compared."""

    last_surname: str = ""
    first_name: str = ""
    middle_name: str = ""
    generation_code_suffix: str = ""
    sex_type: str = ""
    birth_date: date | None = None
    birth_order: int | None = None
    birth_location: Mapping[str, object] | None = None

    def person(self) -> Person:
        """The same for matching."""
        return Person(
            given_name=self.first_name,
            middle_name=self.middle_name,
            surname=self.last_surname,
            suffix=self.generation_code_suffix,
            sex=self.sex_type,
            birth_date=self.birth_date,
        )


async def answer_identities(request: Request, site: Site, *, base: str, path: Sequence[str]) -> Answer:
    """The answer to any request below `/identity/v2`."""
    if not (await site.district.api_settings.current()).identities:
        return problems.FEATURE_DISABLED
    names = [part.lower() for part in path]
    if not names or names[0] != "identities":
        return problems.NOT_FOUND
    client = await admit_client(request, site)
    if isinstance(client, Problem):
        return client
    work = _Identities(request, site, client, f"{base}/identity/v2/identities")
    return await work.answer(names[1:], list(path[1:]))


class _Identities:
    """One request of one client. base: the address of the identities, without a slash at its end."""

    def __init__(self, request: Request, site: Site, client: ApiClient, base: str) -> None:
        self._request = request
        self._site = site
        self._client = client
        self._base = base

    async def answer(self, names: Sequence[str], path: Sequence[str]) -> Answer:
        """By what the path names and the verb."""
        method = self._request.method
        if not names:
            return await self._create() if method == "POST" else _allow(method, "POST")
        if names[0] in {"find", "search"} and len(names) == 1:
            work = self._find if names[0] == "find" else self._search
            return await work() if method == "POST" else _allow(method, "POST")
        if method != "GET":
            return _allow(method, "GET")
        if len(names) == 2 and names[0] == "results":
            return await self._results(names[1])
        return await self._get(path[0]) if len(names) == 1 else problems.NOT_FOUND

    async def _create(self) -> Answer:
        wanted = await self._read_body(IdentityRequest)
        if isinstance(wanted, Problem):
            return wanted
        grant = await self._decide(Action.CREATE)
        if isinstance(grant, Problem):
            return grant
        missing = [name for name in _NEEDED if not getattr(wanted, name)]
        if missing:
            words = ["This is needed to tell people apart."]
            return problems.invalid_data({f"$.{_NEEDED[name]}": words for name in missing})
        # The same person sent again, as after a lost answer, is the same one.
        text = msgspec.json.encode(wanted).decode().casefold()
        number = f"{self._site.district.keys.blind_index(text) % 2**64:016x}"
        one = Incoming(self._client.label, number, wanted.person())
        identity = (
            await identify_people(
                self._site.district, grant, people=[one], request=self._request.correlation_id
            )
        )[0]
        if isinstance(identity, Undecided):
            return problems.IDENTITY_UNDECIDED
        status = 200 if isinstance(identity, Known) else 201
        headers = (("location", f"{self._base}/{identity.unique_id}"), *_NO_STORE)
        return json_response(msgspec.json.encode(identity.unique_id), status=status, headers=headers)

    async def _get(self, unique_id: str) -> Answer:
        ask = await self._ask()
        if isinstance(ask, Problem):
            return ask
        found = (await find_identities(self._site.district, ask, unique_ids=[unique_id]))[0]
        if not found:
            return problems.ITEM_NOT_FOUND
        return json_response(msgspec.json.encode(_members(found[0])), headers=_NO_STORE)

    async def _find(self) -> Answer:
        wanted = await self._read_body(list[str])
        if isinstance(wanted, Problem):
            return wanted
        return await self._answer(
            len(wanted), lambda ask: find_identities(self._site.district, ask, unique_ids=wanted)
        )

    async def _search(self) -> Answer:
        wanted = await self._read_body(list[IdentityRequest])
        if isinstance(wanted, Problem):
            return wanted
        people = [one.person() for one in wanted]
        return await self._answer(
            len(people), lambda ask: search_identities(self._site.district, ask, people=people)
        )

    async def _answer(self, size: int, work: Callable[[IdentityAsk], Awaitable[Told]]) -> Answer:
        ask = await self._ask()
        if isinstance(ask, Problem):
            return ask
        if size > _MOST:
            return problems.invalid_data({"$": [f"At most {_MOST} at once."]})
        is_later = "respond-async" in self._request.headers.get("prefer", "").lower()
        if size <= _AT_ONCE and not is_later:
            return json_response(_render(await work(ask)), headers=_NO_STORE)
        token = await open_answer(self._site.district, self._client)
        self._site.later(self._work_out(token, ask, work))
        return Response(202, b"", [("location", f"{self._base}/results/{token.hex}")])

    async def _work_out(
        self, token: UUID, ask: IdentityAsk, work: Callable[[IdentityAsk], Awaitable[Told]]
    ) -> None:
        await keep_answer(self._site.district, token, _render(await work(ask)))

    async def _results(self, text: str) -> Answer:
        token, grant = parse_identifier(text), await self._decide(Action.READ)
        if isinstance(grant, Problem):
            return grant
        answer = token and await read_answer(self._site.district, self._client, token)
        if answer is None:
            return problems.ITEM_NOT_FOUND
        waiting = b'{"status":"Incomplete","searchResponses":[]}'
        return json_response(answer or waiting, headers=_NO_STORE)

    async def _ask(self) -> IdentityAsk | Problem:
        grant = await self._decide(Action.READ)
        if isinstance(grant, Problem):
            return grant
        reading = await self._site.access.decide(self._client, action=Action.READ, resource="Student")
        # A profile may hide members that an answer would show, so whoever is bound to one gets none of them.
        is_open = isinstance(reading, Grant) and not self._client.profiles
        return IdentityAsk(
            grant, reading if is_open and isinstance(reading, Grant) else None, self._request.correlation_id
        )

    async def _decide(self, action: Action) -> Grant | Problem:
        book = await claim_book(self._site.district)
        decision = decide_identities(book, self._client, action=action)
        return problems.problem_of_refusal(decision) if isinstance(decision, Refusal) else decision

    async def _read_body(self, kind: type[_Body]) -> _Body | Problem:
        try:
            return msgspec.convert(_fold(msgspec.json.decode(await self._request.body())), kind)
        except BodyTooLargeError:
            return problems.TOO_LARGE
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return problems.invalid_data({"$": ["The body is not what this address takes."]})


def _allow(method: str, allowed: str) -> Problem:
    return problems.unsupported_method(method, allow=allowed)


def _fold(value: object) -> object:
    """Member names with a small first letter, and a moment of birth as its day: as the ODS/API's models take them."""
    match value:
        case list():
            return [_fold(item) for item in value]
        case dict():
            folded = {str(name)[:1].lower() + str(name)[1:]: item for name, item in value.items()}
            born = folded.get("birthDate")
            return folded | ({"birthDate": born.partition("T")[0]} if isinstance(born, str) else {})
        case _:
            return value


def _render(told: Told) -> bytes:
    responses = [{"responses": [_members(one) for one in each]} for each in told]
    return msgspec.json.encode({"status": "Complete", "searchResponses": responses})


def _members(told: ToldIdentity) -> dict[str, object]:
    members: dict[str, object] = {"uniqueId": told.unique_id, "score": told.score}
    if told.person is not None:
        person = told.person
        members |= {
            "lastSurname": person.surname,
            "firstName": person.given_name,
            "middleName": person.middle_name or None,
            "generationCodeSuffix": person.suffix or None,
            "birthDate": person.birth_date,
        }
    return {name: value for name, value in members.items() if value is not None}
