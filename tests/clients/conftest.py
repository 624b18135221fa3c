"""A sandbox district on a running server, for public Ed-Fi clients that know its address, a key and a secret."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from homeroom.base.settings import Settings
from homeroom.standard.read import load_model
from homeroom.store.address import ServerAddress
from homeroom.trust.clients import Credentials
from tests.cast import DISTRICT_ID, WORLD, Body
from tests.cli.conftest import CommandLine, Running
from tests.clients.environment import IndexUnreachableError, client_python

ENDPOINTS = {name: resource.endpoint for name, resource in load_model("5.2").resources.items()}


class SandboxDistrict:
    """A district as its administrator has it, and as a plain HTTP client of it sees it."""

    def __init__(self, cli: CommandLine, root: str, name: str) -> None:
        self.url = f"{root}/{name}"
        self._cli = cli
        self._name = name
        self._http = httpx.Client(base_url=f"{self.url}/data/v3/ed-fi", timeout=30)
        self._http.headers["authorization"] = f"Bearer {self._token(self.register())}"

    def register(self) -> Credentials:
        """Key and secret of a new client, which reaches the whole district."""
        scope = ("--namespace", "uri://ed-fi.org", "--education-organization", DISTRICT_ID)
        made = self._cli.json(
            *("client", "create", "--district", self._name, "--claim-set", "Ed-Fi Sandbox"), *scope, "--json"
        )
        return Credentials(made["key"], made["secret"])

    def post(self, endpoint: str, body: Body) -> None:
        """Puts a record in, as another client than the tested one."""
        response = self._http.post(endpoint, json=body)
        assert response.status_code in {200, 201}, response.text

    def total(self, endpoint: str, **filters: object) -> int:
        """How many records there are, from the header."""
        wanted = {name: str(value) for name, value in filters.items()}
        response = self._http.get(endpoint, params={"limit": "0", "totalCount": "true", **wanted})
        assert response.status_code == 200, response.text
        return int(response.headers["total-count"])

    def close(self) -> None:
        self._http.close()

    def _token(self, credentials: Credentials) -> str:
        response = httpx.post(
            f"{self.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(credentials.key, credentials.secret),
        )
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])


@pytest.fixture(scope="session")
def clients_python() -> Path:
    """The Python that has the public clients."""
    try:
        return client_python()
    except IndexUnreachableError as error:
        last_words = str(error).strip().rpartition("\n")[2]
        pytest.skip(f"Without the package index there are no clients to test with: {last_words}")


@pytest.fixture(scope="module")
def district(server: ServerAddress, settings: Settings) -> Iterator[SandboxDistrict]:
    """A sandbox district with the cast's world in it, served to the end of the module."""
    cli = CommandLine(settings.home)
    name = f"c-{uuid4().hex[:12]}"
    cli.run("district", "create", name, "--sandbox")
    port = _free_port()
    serving = Running(settings.home, "serve", "--port", port, "--workers", 1)
    try:
        serving.wait_for("serves at")
        made = SandboxDistrict(cli, f"http://127.0.0.1:{port}", name)
        for resource, body in WORLD:
            made.post(ENDPOINTS[resource], body)
        yield made
        made.close()
    finally:
        serving.interrupt()
        serving.close()  # the district goes with the run: dropping a database waits for the disk


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
