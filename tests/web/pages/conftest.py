"""One made-up district for all tests of the pages, a server for it, and people who have signed in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homeroom.base.settings import Settings
from homeroom.store.address import ServerAddress
from tests.web.pages.town import STAFF, PagesServer, Town, Visitor, count_lines, new_town

SignIn = Callable[..., Visitor]


@pytest.fixture(scope="session")
def town(
    server: ServerAddress, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Built once; tests that change it change what no other test looks at."""
    built = new_town(tmp_path_factory.mktemp("town"), server, settings.home)
    asyncio.run(built.build())
    yield built
    asyncio.run(built.drop())


@pytest.fixture(scope="module", autouse=True)
def leaves_no_record(request: pytest.FixtureRequest) -> Iterator[None]:
    """A file of tests that adds records to the town takes them back: another compares them with the town's files."""
    yield
    used = [item for item in request.session.items if item.path == request.path]
    if any("town" in getattr(item, "fixturenames", ()) for item in used):
        town: Town = request.getfixturevalue("town")
        counts = town.count_records()
        lines = {name: lines for name, lines in count_lines(town).items() if name in counts}
        assert counts == lines, "this file of tests has left records in the town"


@pytest.fixture(scope="session")
def pages(town: Town, server: ServerAddress, settings: Settings) -> Iterator[PagesServer]:
    """The pages over HTTP, at noon of the demo's day."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = PagesServer(server, settings)
    serving.start(port)
    yield serving
    serving.stop()


@pytest.fixture
def visitor(pages: PagesServer) -> Iterator[Visitor]:
    """Somebody unknown."""
    with Visitor(base_url=pages.root, timeout=30) as client:
        yield client


@pytest.fixture
def sign_in(pages: PagesServer, town: Town) -> Iterator[SignIn]:
    """`sign_in("teacher")` gives a visitor who has signed in."""
    opened: list[Visitor] = []

    def make(role: str, district: str | None = None) -> Visitor:
        client = Visitor(base_url=pages.root, timeout=30)
        opened.append(client)
        response = client.sign_in(district or town.name, STAFF[role].electronic_mail_address)
        assert response.status_code == 303, response.text
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def path_of(town: Town) -> Callable[[str, str], Path]:
    """A file of the district."""
    return lambda resource, into="files": town.folder / into / f"{resource}.jsonl"
