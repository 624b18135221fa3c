"""Many records in one request: a JSON object a line in, its outcome a line out, as the work goes on.

A line is `{"resource": "/ed-fi/students", "operation": "upsert", "document": {…}}`, or with the operation
`delete` and either an `id` or a `document` that holds the natural key. Lines that follow one another for one
resource go to the store as one set; each record stands or falls alone. Below a school year in the address each
line is held to that year, as the verbs are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from homeroom.records.outcomes import Absent, Inserted, Outcome, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.remove import delete_record
from homeroom.records.write import WriteLeave
from homeroom.standard.check import parse_document
from homeroom.standard.documents import Document
from homeroom.standard.model import Resource
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Decision, Grant, Refusal
from homeroom.web.api import problems
from homeroom.web.api.deciding import admit_client, parse_identifier
from homeroom.web.api.exchange import LARGEST_BODY, Request, Response
from homeroom.web.api.keyed import find_by_key, parse_key
from homeroom.web.api.problems import Problem, problem_members
from homeroom.web.api.site import Site
from homeroom.web.api.years import key_year

NDJSON: Final = "application/x-ndjson"
_TYPES: Final = frozenset({NDJSON, "application/ndjson", "application/jsonl"})
_LARGEST_SET: Final = 500
# A client may send everything before it reads; so much of our answer waits for it.
_MOST_WAITING_LINES: Final = 200_000


class _Line(msgspec.Struct):
    resource: str
    operation: str
    document: msgspec.Raw = msgspec.Raw(b"{}")
    id: str | None = None


@dataclass(slots=True)
class _Item:
    """A line that can be tried: number counts from 1; uuid: the record it names by id; None: by its key."""

    number: int
    resource: Resource
    is_delete: bool
    body: bytes
    uuid: UUID | None


async def answer_batch(request: Request, site: Site, *, year: int | None) -> Response | Problem:
    """Outcomes, in the order of the lines. year: the route's."""
    client = await admit_client(request, site)
    if isinstance(client, Problem):
        return client
    if client.profiles:
        return problems.profile_bound()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        return problems.unsupported_media_type(is_missing=not kind)
    batch = _Batch(request, site, client, year)
    return Response(200, batch.outcomes(), [("content-type", NDJSON), ("cache-control", "no-store")])


class _Batch:
    """One request of many records."""

    def __init__(self, request: Request, site: Site, client: ApiClient, year: int | None) -> None:
        self._request = request
        self._site = site
        self._client = client
        self._year = year
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING_LINES)

    async def outcomes(self) -> AsyncIterator[bytes]:
        """The lines of the answer."""
        work = asyncio.get_running_loop().create_task(self._work())
        try:
            while (line := await self._lines.get()) is not None:
                ready = [line]
                while not self._lines.empty() and (more := self._lines.get_nowait()) is not None:
                    ready.append(more)
                yield b"".join(ready)
                if work.done() and self._lines.empty():
                    break
        finally:
            work.cancel()
        if not work.cancelled():
            await work

    async def _work(self) -> None:
        try:
            waiting: list[_Item] = []
            async for number, text in _numbered_lines(self._request):
                found = self._parse(number, text)
                if isinstance(found, Problem) or (waiting and not _go_together(waiting[-1], found)):
                    await self._run(waiting)
                    waiting = []
                if isinstance(found, Problem):
                    await self._tell(number, found)
                    continue
                waiting.append(found)
                if len(waiting) == _LARGEST_SET:
                    await self._run(waiting)
                    waiting = []
            await self._run(waiting)
        finally:
            await self._lines.put(None)

    def _parse(self, number: int, text: bytes) -> _Item | Problem:
        try:
            line = msgspec.json.decode(text, type=_Line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return problems.invalid_data(
                {"$": ["The line is no object with resource, operation and document."]}
            )
        if line.operation not in {"upsert", "delete"}:
            return problems.invalid_data({"$.operation": ["The operation is neither upsert nor delete."]})
        schema, _, endpoint = line.resource.strip("/").lower().partition("/")
        resource = self._site.district.catalog.model.by_path.get((schema, endpoint))
        if resource is None:
            return problems.NOT_FOUND
        uuid = parse_identifier(line.id) if line.id is not None else None
        if uuid is None and line.id is not None:
            return problems.invalid_value("id", line.id)
        return _Item(number, resource, line.operation == "delete", bytes(line.document), uuid)

    async def _run(self, items: Sequence[_Item]) -> None:
        if not items:
            return
        run = self._delete if items[0].is_delete else self._upsert
        await run(items[0].resource, items)

    async def _upsert(self, resource: Resource, items: Sequence[_Item]) -> None:
        access, kind = self._site.access, self._site.district.catalog.kind(resource.name)
        create, update = [
            await access.decide(self._client, action=action, resource=resource.name)
            for action in (Action.CREATE, Action.UPDATE)
        ]
        leave = WriteLeave(create, update, request=self._request.correlation_id, per_record=False)
        answers: dict[int, Outcome | Problem] = {}
        drafts: list[tuple[int, Draft]] = []
        for item in items:
            document = parse_document(kind.document, item.body)
            fault = (
                problems.problem_of_findings(document)
                if isinstance(document, tuple)
                else await self._fault_of_year(document, item, update)
            )
            if fault is not None:
                answers[item.number] = fault
            elif not isinstance(document, tuple):
                drafts.append((item.number, Draft(document, uuid=item.uuid)))
        outcomes = await self._site.store(resource.name, drafts=[d for _, d in drafts], leave=leave)
        answers |= dict(zip([number for number, _ in drafts], outcomes, strict=True))
        for item in items:
            await self._tell(item.number, answers[item.number])

    async def _delete(self, resource: Resource, items: Sequence[_Item]) -> None:
        decision = await self._site.access.decide(self._client, action=Action.DELETE, resource=resource.name)
        for item in items:
            if isinstance(decision, Refusal):
                await self._tell(item.number, problems.problem_of_refusal(decision))
            else:
                await self._tell(item.number, await self._delete_one(resource, item, decision))

    async def _delete_one(self, resource: Resource, item: _Item, grant: Grant) -> Outcome | Problem:
        uuid = item.uuid or await self._find(resource, item)
        year = key_year(self._site, resource, self._year)
        if isinstance(uuid, Problem):
            return uuid
        if uuid is None or (year is not None and not await year.has_stored(self._site, grant, uuid)):
            return problems.NOTHING_TO_DELETE
        outcome = await delete_record(
            self._site.district, grant, uuid=uuid, request=self._request.correlation_id
        )
        return problems.NOTHING_TO_DELETE if isinstance(outcome, Absent) else outcome

    async def _find(self, resource: Resource, item: _Item) -> UUID | Problem | None:
        """The record that the line names by its natural key."""
        try:
            sent = msgspec.json.decode(item.body, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return problems.invalid_data({"$.document": ["The document is no JSON object."]})
        key = parse_key(self._site, resource, sent)
        return key if isinstance(key, Problem) else await find_by_key(self._site, resource, key)

    async def _fault_of_year(self, document: Document, item: _Item, update: Decision) -> Problem | None:
        """What the route's year says against the document, or against the record it names by id."""
        year = key_year(self._site, item.resource, self._year)
        if year is None:
            return None
        if item.uuid is not None and isinstance(update, Grant):
            is_there = await year.has_stored(self._site, update, item.uuid)
            return year.fault(document) if is_there else problems.NOTHING_TO_UPDATE
        return year.fault(document)

    async def _tell(self, number: int, answer: Outcome | Problem) -> None:
        members = {"line": number, **_told(answer, self._request.correlation_id)}
        await self._lines.put(msgspec.json.encode(members) + b"\n")


def _told(answer: Outcome | Problem, correlation_id: str) -> dict[str, object]:
    """What a line of the answer says of one item."""
    problem = answer if isinstance(answer, Problem) else problems.problem_of_outcome(answer)
    if problem is not None:
        return problem_members(problem, correlation_id)
    match answer:
        case Inserted(uuid=uuid, etag=etag):
            return {"status": 201, "id": uuid.hex, "etag": etag}
        case Updated(uuid=uuid, etag=etag):
            return {"status": 200, "id": uuid.hex, "etag": etag}
        case Unchanged(uuid=uuid, etag=etag):
            return {"status": 200, "id": uuid.hex, "etag": etag, "unchanged": True}
        case _:
            return {"status": 204}


def _go_together(before: _Item, after: _Item) -> bool:
    return before.resource is after.resource and before.is_delete == after.is_delete


async def _numbered_lines(request: Request) -> AsyncIterator[tuple[int, bytes]]:
    """The lines of the body that hold something, each at most as long as any other body may be."""
    rest = b""
    number = 0
    async for part in request.stream():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            number += 1
            if line.strip():
                yield number, line
        if len(rest) > LARGEST_BODY:
            yield number + 1, b""
            return
    if rest.strip():
        yield number + 1, rest
