"""SFTP pick-up from a real server that stands on this machine."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncssh
import pytest

from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.source import Surroundings
from tests.ingest.connectors.visits import made, refusal


class _Doorkeeper(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("sis", "a long word")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings that reach it; its root is the folder `drop`."""
    (tmp_path / "drop").mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    listening = asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Doorkeeper,
        server_host_keys=[key],
        sftp_factory=partial(asyncssh.SFTPServer, chroot=str(tmp_path / "drop").encode()),
    )
    acceptor = loop.run_until_complete(listening)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield {
        "host": "127.0.0.1",
        "port": str(acceptor.get_port()),
        "user": "sis",
        "password": "a long word",
        "host_key": key.export_public_key().decode(),
        "path": "/",
        "pattern": "*.csv",
    }
    asyncio.run_coroutine_threadsafe(_end(acceptor), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _end(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    await acceptor.wait_closed()


def test_files_are_copied_once_they_have_arrived(
    server: dict[str, str], nearby: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "drop" / "pupils.csv").write_bytes(b"id\n1\n")
    (tmp_path / "drop" / "notes.txt").write_bytes(b"x")
    first = made("sftp", server, nearby)
    second = made("sftp", server, nearby, first.bookmark)
    third = made("sftp", server, nearby, second.bookmark)
    assert (first.files, second.files, third.files) == ({}, {"pupils.csv": b"id\n1\n"}, {})
    assert (tmp_path / "drop" / "pupils.csv").exists()


def test_a_file_that_is_too_large_is_left_there_and_told(
    server: dict[str, str], nearby: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop" / "large.csv").write_bytes(b"id\n1\n2\n")
    (tmp_path / "drop" / "small.csv").write_bytes(b"id\n1\n")
    monkeypatch.setattr("homeroom.ingest.connectors.sftp.MAX_FILE_BYTES", 5)
    first = made("sftp", server, nearby)
    second = made("sftp", server, nearby, first.bookmark)
    assert (second.files, second.codes) == ({"small.csv": b"id\n1\n"}, ["source.file_too_large"])


def test_another_server_under_the_same_address_is_not_trusted(
    server: dict[str, str], nearby: Surroundings
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    assert refusal("sftp", {**server, "host_key": other}, nearby).code == "source.unreachable"


def test_a_wrong_password_is_a_finding_that_does_not_repeat_it(
    server: dict[str, str], nearby: Surroundings
) -> None:
    finding = refusal("sftp", {**server, "password": "a wrong word"}, nearby)
    assert finding.code == "source.unreachable"
    assert "wrong word" not in str(finding)


def test_a_server_that_is_not_listed_is_not_asked(server: dict[str, str], nearby: Surroundings) -> None:
    strict = replace(nearby, egress=Egress(frozenset({"sftp.example.org"})))
    assert refusal("sftp", server, strict).code == "source.host_refused"


def test_without_its_library_it_says_what_to_install(
    server: dict[str, str], nearby: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    finding = refusal("sftp", server, nearby)
    assert finding.code == "source.no_library"
    assert "homeroom[sources]" in finding.remedy
