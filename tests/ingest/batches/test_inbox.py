"""The inbox keeps each content once, sealed, and nothing of what was cut off."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from homeroom.base.findings import Finding
from homeroom.base.settings import Settings
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.intake.sealed_file import PART_BYTES
from homeroom.trust.actors import Operator
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("test")

# Takes in more than a small disk holds, then less; tells what came of each, and what lies on the disk in the end.
_FULL = """
import asyncio, os, subprocess, sys
from pathlib import Path
from homeroom.base.settings import parse_settings
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.intake.sealed_file import PART_BYTES
from homeroom.records.districts import Districts
from homeroom.store.embedded import EmbeddedServer
from homeroom.trust.actors import Operator

small, home, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
settings = parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small)], check=True)

async def pieces(count):
    for _ in range(count):
        yield os.urandom(PART_BYTES)

async def main():
    district = await Districts(EmbeddedServer(settings).start(), home).get(name)
    inbox = Inbox(district, spool_folder=small / "spool")
    for count in (9, 1):
        received = await inbox.receive(pieces(count), name="marks.csv", actor=Operator("test"))
        print("taken" if isinstance(received, InboxFile) else received.code)
    print(list((small / "spool").iterdir()))

asyncio.run(main())
"""


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


def inbox_of(dock: Dock, *, most_bytes: int = 1 << 30) -> Inbox:
    return Inbox(dock.district, spool_folder=dock.folder / "spool", most_bytes=most_bytes)


async def received(dock: Dock, *pieces: bytes, name: str = "marks.csv") -> InboxFile:
    found = await inbox_of(dock).receive(pieces_of(*pieces), name=name, actor=CLERK)
    assert isinstance(found, InboxFile)
    return found


async def content_of(dock: Dock, file: int) -> bytes:
    with ExitStack() as opened:
        return (await inbox_of(dock).open(file, opened=opened)).open().read()


async def test_a_file_comes_out_as_it_went_in(dock: Dock) -> None:
    content = b"number,mark\n" + b"F-1,17\n" * 400_000
    file = await received(dock, content[:100], content[100:2_000_000], content[2_000_000:])
    assert file.is_new
    assert file.size == len(content) > 2 * PART_BYTES
    assert await content_of(dock, file.id) == content


async def test_nothing_readable_lies_in_the_database(dock: Dock) -> None:
    await received(dock, b"number,name\nF-1,Ines\n")
    ((sealed,),) = await dock.fetch("select sealed from ingest.file_part")
    assert b"Ines" not in sealed


async def test_the_parts_of_a_file_stay_behind_the_fence(dock: Dock) -> None:
    await received(dock, b"number,name\nF-1,Ines\n")
    async with dock.district.database.connection() as connection:
        assert await connection.fetchval("select count(*) from ingest.file_part") == 0


async def test_the_same_content_is_kept_once(dock: Dock) -> None:
    first = await received(dock, b"a,b\n1,2\n")
    second = await received(dock, b"a,b\n", b"1,2\n", name="other name.csv")
    assert (second.id, second.is_new) == (first.id, False)


async def test_two_people_who_send_the_same_file_at_once_make_one(dock: Dock) -> None:
    content = b"x" * (PART_BYTES + 5)
    files = await asyncio.gather(*(received(dock, content) for _ in range(4)))
    assert len({f.id for f in files}) == 1
    assert [f.is_new for f in files].count(True) == 1
    assert await dock.count("ingest.file_part") == 2


async def test_an_upload_that_is_cut_off_leaves_nothing(dock: Dock) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (3 * PART_BYTES)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await inbox_of(dock).receive(broken(), name="marks.csv", actor=CLERK)
    assert await dock.count("ingest.file") == await dock.count("ingest.file_part") == 0
    assert list((dock.folder / "spool").iterdir()) == []


async def test_what_is_too_large_is_refused_while_it_arrives(dock: Dock) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    found = await inbox_of(dock, most_bytes=50_000).receive(endless(), name="big.csv", actor=CLERK)
    assert isinstance(found, Finding)
    assert found.code == "inbox.too_large"
    assert taken == 51


async def test_an_empty_file_is_refused(dock: Dock) -> None:
    found = await inbox_of(dock).receive(pieces_of(b""), name="none.csv", actor=CLERK)
    assert isinstance(found, Finding)
    assert found.code == "inbox.empty"


async def test_a_full_disk_keeps_nothing_and_the_next_file_is_taken(dock: Dock, settings: Settings) -> None:
    small = dock.folder / "small"
    small.mkdir()
    arguments = [str(small), str(settings.home), dock.district.name]
    # A file system of its own, for that process alone: it goes with it, however it ends.
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    done = subprocess.run(
        [*alone, sys.executable, "-c", _FULL, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["inbox.no_space", "taken", "[]"], done.stderr
    ((size,),) = await dock.fetch("select bytes from ingest.file")
    assert size == PART_BYTES
    assert await dock.count("ingest.file_part") == 1


async def test_a_file_that_changes_while_it_is_read_is_refused(dock: Dock) -> None:
    path = dock.folder / "marks.csv"
    path.write_bytes(b"number,mark\n" + b"F-1,17\n" * 1_000_000)

    async def write_on() -> None:  # begins when the first read has begun
        with path.open("ab") as file:
            file.write(b"F-2,18\n")

    found, _ = await asyncio.gather(inbox_of(dock).receive_path(path, actor=CLERK), write_on())
    assert isinstance(found, Finding)
    assert found.code == "inbox.changed"
    assert await dock.count("ingest.file") == await dock.count("ingest.file_part") == 0


async def test_a_missing_path_is_a_finding(dock: Dock) -> None:
    found = await inbox_of(dock).receive_path(dock.folder / "nowhere.csv", actor=CLERK)
    assert isinstance(found, Finding)
    assert found.code == "inbox.unreadable"


async def test_old_files_are_deleted_with_their_parts(dock: Dock) -> None:
    await received(dock, b"a,b\n1,2\n")
    assert await inbox_of(dock).delete_before(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await inbox_of(dock).delete_before(datetime.now(UTC) + timedelta(days=1)) == 1
    assert await dock.count("ingest.file_part") == 0
