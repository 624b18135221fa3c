"""A walk over our own filters: every filter of every resource of both versions, tried over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest

from homeroom.base.settings import Settings
from homeroom.standard.filters import Filter, filters_of
from homeroom.standard.model import Kind, Model, Resource
from homeroom.standard.read import VERSIONS, load_model
from tests.web.api.walk import World
from tests.web.conftest import Api

_AT_ONCE = 8
_OTHER_MOMENTS = {Kind.DATE: "1999-12-31", Kind.TIME: "23:59:59", Kind.DATETIME: "1999-12-31T23:59:59Z"}


@dataclass(frozen=True)
class _Question:
    """A filter and value, with the status and the number of records it must give."""

    path: str
    parameters: tuple[tuple[str, str], ...]
    status: int
    found: int = 0

    def target(self) -> str:
        """The question as it is asked."""
        return f"{self.path}?{urlencode((*self.parameters, ('limit', '1')))}"


@pytest.fixture(scope="module", params=VERSIONS)
def walked(request: pytest.FixtureRequest, web_root: str, settings: Settings) -> Iterator[tuple[Api, World]]:
    """A district of a version with one record of every resource."""
    version: str = request.param
    api = Api.create(web_root, settings.home, name=f"f-{uuid4().hex[:12]}", standard=version)
    world = World(load_model(version), version)
    caller = api.caller(organizations=world.organization_ids)
    for resource in world.own_descriptors:
        caller.create(resource.endpoint, world.descriptor(resource))
    for made in world.documents():
        response = caller.post(made.resource.endpoint, json=made.body)
        assert response.status_code == 201, (made.resource.name, response.text)
    yield api, world
    api.close()


def test_every_filter_of_a_resource_finds_its_record_and_no_other(walked: tuple[Api, World]) -> None:
    api, world = walked
    caller = api.caller(organizations=world.organization_ids)
    questions: list[_Question] = []
    for resource in (*world.model.documents, *world.model.descriptors):
        (record, *_) = caller.list(resource.endpoint, limit=1)
        questions += _questions(world.model, resource, record)
    wrong = asyncio.run(_ask_all(caller.url, caller.token, questions))
    assert not wrong, f"{len(wrong)} of {len(questions)} answers are wrong: {wrong[:10]}"
    assert len(questions) > 2000


def _questions(model: Model, resource: Resource, record: Mapping[str, Any]) -> Iterator[_Question]:
    for one in filters_of(model, resource).values():
        value = _value_at(record, one)
        if value is not None:
            own = () if one.is_identifier else (("id", record["id"]),)
            yield _Question(resource.path, ((one.name, _text(value)), *own), 200, 1)
            yield _Question(resource.path, ((one.name, _other(one, value)), *own), 200)
        yield _Question(resource.path, ((one.name, _ill_typed(one)),), 400)


def _value_at(record: Mapping[str, Any], one: Filter) -> Any:
    """The filter's value in the record, at the first of its places where there is one."""
    for path in one.paths:
        value: Any = record
        for step in path.removeprefix("$.").split("."):
            if step.endswith("[*]"):
                value = next(iter(value.get(step[:-3], ())), {})
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None and not isinstance(value, Mapping):
            return value
    return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _other(one: Filter, value: Any) -> str:
    """A value of the right type that the record does not have."""
    if one.is_identifier:
        return uuid4().hex
    match one.property.kind:
        case Kind.STRING | Kind.DESCRIPTOR:
            return f"{value}-other"
        case Kind.BOOLEAN:
            return _text(not value)
        case Kind.DATE | Kind.TIME | Kind.DATETIME:
            return _OTHER_MOMENTS[one.property.kind]
        case _:
            return str(int(value) + 1)


def _ill_typed(one: Filter) -> str:
    is_text = one.property.kind in {Kind.STRING, Kind.DESCRIPTOR} and not one.is_identifier
    return "\0" if is_text else "ill-typed"


async def _ask_all(url: str, token: str, questions: list[_Question]) -> list[tuple[_Question, bytes]]:
    """The questions whose answer is not the right one. Over bare sockets: a client library takes longer than we."""
    waiting = iter(questions)
    wrong: list[tuple[_Question, bytes]] = []
    address = urlsplit(url)

    async def ask() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for question in waiting:
            target = f"{address.path}/data/v3{question.target()}"
            writer.write(
                f"GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n".encode()
            )
            status, body = await _read_response(reader)
            if status != question.status or (status == 200 and (body != b"[]") != bool(question.found)):
                wrong.append((question, body[:200]))
        writer.close()

    await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
    return wrong


async def _read_response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length, head
    return int(head.split(b" ", 2)[1]), await reader.readexactly(int(length[1]))
