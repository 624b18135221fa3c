"""A real web server over the run's PostgreSQL, and districts that live for one module of tests."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import msgspec
import pytest

from homeroom.base.settings import Settings
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.administration import Desk, Status, answer_act
from homeroom.records.districts import Districts
from homeroom.store.address import ServerAddress
from homeroom.store.embedded import EmbeddedServer
from homeroom.trust.actors import Operator
from homeroom.trust.clients import Credentials, Registration, create_client, revoke_client
from homeroom.trust.versions import LOOK_SECONDS
from tests.cast import DISTRICT_ID, Body
from tests.conftest import settings_for_home

_Result = TypeVar("_Result")
ORIGIN = "https://app.example.org"
_SERVE = (
    "from homeroom.base.settings import read_settings\n"
    "from homeroom.web.server import serve\n"
    "serve(read_settings(), on_ready=lambda url: None)\n"
)


class Caller(httpx.Client):
    """A client of the API with its token. `url` is where its district stands."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(
            base_url=f"{url}/data/v3/ed-fi", headers={"authorization": f"Bearer {token}"}, timeout=30
        )
        self.url = url
        self.token = token

    def create(self, endpoint: str, body: Body) -> str:
        """Posts what must go in, and gives its address."""
        response = self.post(endpoint, json=body)
        assert response.status_code in {200, 201}, response.text
        return response.headers["location"]

    def list(self, endpoint: str, **parameters: object) -> list[Body]:
        """What a list holds."""
        response = self.get(endpoint, params={name: str(value) for name, value in parameters.items()})
        assert response.status_code == 200, response.text
        return list(response.json())


class Api:
    """One district as its clients reach it."""

    @classmethod
    def create(
        cls, root: str, home: Path, *, name: str, is_sandbox: bool = True, standard: str = "5.2"
    ) -> Api:
        """Makes the district, seeded."""
        address = EmbeddedServer(settings_for_home(home)).start()

        async def create() -> None:
            districts = Districts(address, home)
            await districts.prepare()
            await districts.create(name, standard=standard, is_sandbox=is_sandbox, is_empty=False)
            await districts.close()

        asyncio.run(create())
        return cls(root, name, address=address, home=home)

    def __init__(self, root: str, name: str, *, address: ServerAddress, home: Path) -> None:
        self.name = name
        self.root = root
        self.url = f"{root}/{name}"
        self._address = address
        self._home = home
        self._callers: dict[Registration, Caller] = {}

    def register(
        self,
        claim_set: str = "Ed-Fi Sandbox",
        *,
        organizations: tuple[int, ...] = (DISTRICT_ID,),
        prefixes: tuple[str, ...] = ("uri://ed-fi.org",),
        profiles: tuple[str, ...] = (),
    ) -> Credentials:
        """Key and secret of a new client."""
        return asyncio.run(self._register(Registration(claim_set, prefixes, organizations, profiles)))

    def caller(
        self,
        claim_set: str = "Ed-Fi Sandbox",
        *,
        organizations: tuple[int, ...] = (DISTRICT_ID,),
        prefixes: tuple[str, ...] = ("uri://ed-fi.org",),
        profiles: tuple[str, ...] = (),
    ) -> Caller:
        """A client that is signed in; the same one for the same claims."""
        wanted = Registration(claim_set, prefixes, organizations, profiles)
        if wanted not in self._callers:
            credentials = asyncio.run(self._register(wanted))
            self._callers[wanted] = Caller(self.url, self.token(credentials))
        return self._callers[wanted]

    def token(self, credentials: Credentials) -> str:
        """A new token."""
        response = httpx.post(
            f"{self.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(credentials.key, credentials.secret),
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def administer(self, action: str, **members: object) -> Body:
        """Does what an administrator's line asks for, in another process than the server's."""
        return asyncio.run(self._in_district(lambda desk: _administer(desk, action, members)))

    def extend(self, definition: str) -> None:
        """Adds an extension while the server runs."""

        async def extend() -> None:
            districts = Districts(self._address, self._home)
            findings = await districts.extend(self.name, definition=definition, actor=Operator("test"))
            assert not findings, findings
            await districts.close()

        asyncio.run(extend())

    def load(self, *paths: Path) -> None:
        """Loads files, in another process than the server's."""
        options = LoadOptions(spool_folder=self._home / "spool")
        asyncio.run(self._in_district(lambda desk: load_paths(desk.district, paths, options=options)))

    def execute_as_owner(self, sql: str) -> None:
        """Runs SQL as the owner of the district's database, for what only a database can do."""
        asyncio.run(self._in_district(lambda desk: _execute(desk, sql)))

    def fetch(self, sql: str) -> list[Any]:
        """Looks behind the API."""
        return asyncio.run(self._in_district(lambda desk: _fetch(desk, sql)))

    def count_entries(self, action: str, resource: str) -> int:
        """How many ledger entries there are of the action on the resource."""
        return len(self.requests_of(action, resource))

    def requests_of(self, action: str, resource: str) -> list[str]:
        """Which requests the ledger names for the action on the resource, the oldest first."""
        return asyncio.run(self._in_district(lambda desk: _requests_of(desk, action, resource)))

    def revoke(self, credentials: Credentials) -> None:
        """Ends a client; the server knows after a look."""
        asyncio.run(self._in_district(lambda desk: _revoke(desk, credentials.key)))

    def close(self) -> None:
        """Ends the connections of all its callers."""
        for caller in self._callers.values():
            caller.close()

    async def _register(self, registration: Registration) -> Credentials:
        return await self._in_district(
            lambda desk: create_client(desk.district.database, desk.actor, registration=registration)
        )

    async def _in_district(self, act: Callable[[Desk], Awaitable[_Result]]) -> _Result:
        districts = Districts(self._address, self._home)
        district = await districts.get(self.name)
        owned = districts.directory.owned_database(district.entry)
        try:
            return await act(Desk(district, owned, Operator("test")))
        finally:
            await owned.close()
            await districts.close()


async def _administer(desk: Desk, action: str, members: Mapping[str, object]) -> Body:
    answer = await answer_act(desk, action, members=members)
    assert answer.status is Status.DONE, answer.line
    await asyncio.sleep(LOOK_SECONDS)  # then every process has looked
    return dict(msgspec.json.decode(answer.line))


async def _execute(desk: Desk, sql: str) -> None:
    async with desk.owned.connection() as connection:
        await connection.execute(sql)


async def _fetch(desk: Desk, sql: str) -> list[Any]:
    async with desk.owned.connection() as connection:
        return [tuple(row) for row in await connection.fetch(sql)]


async def _requests_of(desk: Desk, action: str, resource: str) -> list[str]:
    entries = "select request from trust.ledger_entry where action = $1 and resource = $2 order by id"
    async with desk.owned.connection() as connection:
        return [row[0] for row in await connection.fetch(entries, action, resource)]


async def _revoke(desk: Desk, key: str) -> None:
    assert await revoke_client(desk.district.database, desk.actor, key=key)
    await asyncio.sleep(LOOK_SECONDS)


class LogLines:
    """The lines of a log after the moment this was made."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._start = file.stat().st_size

    def __iter__(self) -> Iterator[str]:
        time.sleep(0.2)  # the server writes a line after it has answered
        return iter(self._file.read_text()[self._start :].splitlines())


@pytest.fixture(scope="session")
def web_log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run's web server writes its log."""
    return tmp_path_factory.mktemp("web") / "server.log"


@pytest.fixture
def web_log(web_log_file: Path) -> LogLines:
    """What the server logs from now on."""
    return LogLines(web_log_file)


@contextmanager
def running_web(home: Path, log: Path, *, workers: int = 1) -> Iterator[str]:
    """A web server of its own over a home, as long as the context lasts; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "HOMEROOM_HOME": str(home),
        "HOMEROOM_HOST": "127.0.0.1",
        "HOMEROOM_PORT": str(port),
        "HOMEROOM_WORKERS": str(workers),
        "HOMEROOM_CORS_ORIGINS": ORIGIN,
        "HOMEROOM_BEHIND_PROXY": "1",
    }
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE], env=environment, stdout=words, stderr=words
        )
    root = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(root, process, log)
        yield root
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def web_root(settings: Settings, server: ServerAddress, web_log_file: Path) -> Iterator[str]:
    """The address of the run's web server."""
    with running_web(settings.home, web_log_file) as root:
        yield root


@pytest.fixture(scope="module")
def api(web_root: str, settings: Settings) -> Iterator[Api]:
    """A sandbox district of the module's own, seeded."""
    yield from _district(web_root, settings, is_sandbox=True)


@pytest.fixture(scope="module")
def fresh_api(web_root: str, settings: Settings) -> Iterator[Api]:
    """A second sandbox district of the module, for what would disturb the first."""
    yield from _district(web_root, settings, is_sandbox=True)


@pytest.fixture(scope="module")
def real_api(web_root: str, settings: Settings) -> Iterator[Api]:
    """A district that may hold real data: refusals are silent, sensitive members sealed."""
    yield from _district(web_root, settings, is_sandbox=False)


def _district(root: str, settings: Settings, *, is_sandbox: bool) -> Iterator[Api]:
    api = Api.create(root, settings.home, name=f"w-{uuid4().hex[:12]}", is_sandbox=is_sandbox)
    yield api
    api.close()  # the district goes with the run: dropping a database waits for the disk


def _wait_until_healthy(root: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + 120
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            if httpx.get(f"{root}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())
