"""An extension joins a district while many connections write to it through two workers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from homeroom.base.settings import Settings
from homeroom.store.address import ServerAddress
from tests.cast import student_body
from tests.web.conftest import Api, running_web

_DEFINITION = (Path(__file__).parents[2] / "unit/standard/sample_extension.yaml").read_text()
_CONNECTIONS = 32
_PETS = {"sample": {"favoriteBook": "Owls", "pets": [{"petName": "Rex", "isFixed": True}]}}


@pytest.fixture
def api_of_two(settings: Settings, server: ServerAddress, tmp_path: Path) -> Iterator[Api]:
    """A district behind a server with two workers."""
    with running_web(settings.home, tmp_path / "log", workers=2) as root:
        api = Api.create(root, settings.home, name=f"two-{tmp_path.name[-12:].replace('_', '-')}")
        yield api
        api.close()


class _Writers:
    """Many connections, each of which posts one new student after the other."""

    def __init__(self, url: str, token: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.is_over = False
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._numbers = count()

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=_CONNECTIONS)
        async with httpx.AsyncClient(headers=self._headers, limits=limits, timeout=30) as client:
            await asyncio.gather(*(self._write(client) for _ in range(_CONNECTIONS)))

    async def _write(self, client: httpx.AsyncClient) -> None:
        while not self.is_over:
            body = student_body(f"X-{next(self._numbers)}")
            response = await client.post(f"{self._url}/students", json=body)
            self.statuses[response.status_code] += 1


async def _statuses_of_new_connections(url: str, token: str) -> set[int]:
    """What an address answers over connections of their own, among which each worker has some."""
    headers, limits = {"authorization": f"Bearer {token}"}, httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=30) as client:
        responses = await asyncio.gather(*(client.get(url) for _ in range(24)))
    return {response.status_code for response in responses}


async def _extend_while_writing(api: Api, token: str) -> _Writers:
    """The writers when they are over; they go on until all workers serve the extension, and a while longer."""
    writers = _Writers(f"{api.url}/data/v3/ed-fi", token)
    writing = asyncio.create_task(writers.run())
    buses = f"{api.url}/data/v3/sample/buses"
    try:
        while writers.statuses.total() < 200:
            await asyncio.sleep(0.02)
        assert await _statuses_of_new_connections(buses, token) == {404}
        await asyncio.to_thread(api.extend, _DEFINITION)
        # Within a second on an idle machine; one that runs other tests besides is let more.
        give_up_at = time.monotonic() + 60
        while await _statuses_of_new_connections(buses, token) != {200}:
            assert time.monotonic() < give_up_at
        before = writers.statuses.total()
        while writers.statuses.total() < before + 200:
            await asyncio.sleep(0.02)
    finally:
        writers.is_over = True
        await writing
    return writers


def test_an_extension_fails_no_request_and_both_workers_serve_it(api_of_two: Api) -> None:
    token = api_of_two.token(api_of_two.register())
    writers = asyncio.run(_extend_while_writing(api_of_two, token))
    assert set(writers.statuses) == {201}
    for number in range(12):  # each over a new connection
        response = httpx.post(
            f"{api_of_two.url}/data/v3/ed-fi/students",
            json=student_body(f"E-{number}") | {"_ext": _PETS},
            headers={"authorization": f"Bearer {token}"},
        )
        assert response.status_code == 201, response.text
