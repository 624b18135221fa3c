"""A feed with a source is visited on its own, and its people are told when it needs them."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread

import pytest
import pytest_asyncio

from homeroom.base.clock import FixedClock
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.feeds.feed import FeedPlan, Notify, find_feed, pause_feed, queue_due_feeds, save_feed
from homeroom.ingest.feeds.fetching import FetchError, Place, visit_feed
from homeroom.ingest.feeds.notices import Post
from homeroom.ingest.loading.batches import BatchLine, list_batches
from homeroom.ingest.working import Workplace, job_kinds
from homeroom.store.jobs import MOST_TRIES, work_next
from tests.ingest.batches.conftest import csv_of, student
from tests.ingest.batches.test_deliveries import CLERK, Desk, desk
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Mailbox(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    received: list[dict[str, object]] = []

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.received.append(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[str]:
    Mailbox.received.clear()
    server = HTTPServer(("127.0.0.1", 0), Mailbox)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/homeroom"
    server.shutdown()
    server.server_close()


class MailServer(StreamRequestHandler):
    """Takes mail in, as much of SMTP as that needs."""

    received: list[EmailMessage] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            command = line[:4].upper().strip()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.received.append(message_from_bytes(text, policy=default))
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 fine\r\n")
            if command == b"QUIT":
                return


@pytest.fixture
def mail_server() -> Iterator[int]:
    """The port of a mail server."""
    MailServer.received.clear()
    with TCPServer(("127.0.0.1", 0), MailServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Watching(Desk):
    """A desk beside a folder that is watched."""

    clock: FixedClock
    place: Place
    folder: Path
    mail_port: int | None = None

    def drop(self, name: str, *numbers: int, **changes: str) -> None:
        path = self.folder / name
        path.write_text(csv_of(*(student(n, **changes) for n in numbers)))
        os.utime(path, (1_700_000_000, 1_700_000_000))

    async def plan(self, **changes: object) -> int:
        settings = {"path": str(self.folder), "pattern": "*.csv"}
        plan = FeedPlan(
            **{
                "name": "drop", "spec": "fernhollow_students", "connector": "folder",
                "connector_settings": settings, "schedule": "every 10 minutes", **changes,
            }  # type: ignore[arg-type]
        )  # fmt: skip
        return await save_feed(self.district, plan, actor=CLERK, clock=self.clock)

    async def batches(self) -> list[BatchLine]:
        feed = await find_feed(self.district, "drop")
        return await list_batches(self.district, feed=feed.id)

    async def pass_time(self, **by: int) -> None:
        """Lets time go by, and does what is due."""
        self.clock.move(timedelta(**by))
        await queue_due_feeds(self.district, clock=self.clock)
        workplace = Workplace(
            self.workplace.districts,
            self.workplace.spool_folder,
            self.workplace.log,
            self.clock,
            Post(self.place.egress, "127.0.0.1" if self.mail_port else None, self.mail_port or 25),
        )
        async with self.district.database.connection() as connection:
            while await work_next(connection, job_kinds(self.district, workplace), log=workplace.log):
                pass


@pytest_asyncio.fixture(loop_scope="module")
async def post(desk: Desk, tmp_path: Path) -> Watching:
    made = Watching(desk.dock, desk.workplace.districts)
    made.clock = FixedClock(NOON)
    egress = Egress(frozenset({"127.0.0.1"}), allows_private=True, allows_plain=True)
    made.place = Place(desk.dock.folder / "spool", egress, made.clock)
    made.folder = tmp_path / "watched"
    made.folder.mkdir()
    return made


async def test_a_file_in_a_watched_folder_is_loaded_once(post: Watching) -> None:
    await post.plan()
    post.drop("students.csv", 1, 2)
    for _ in range(4):
        await post.pass_time(minutes=11)
    (line,) = await post.batches()
    assert (line.state, line.feed_name, line.actor) == ("finished", "drop", "operator:feed")
    assert await post.dock.count("edfi.student") == 2
    post.drop("students.csv", 1, 2, 3)
    for _ in range(3):
        await post.pass_time(minutes=11)
    assert len(await post.batches()) == 2


async def test_nothing_is_fetched_before_its_time_or_while_paused(post: Watching) -> None:
    await post.plan()
    post.drop("students.csv", 1)
    for _ in range(9):
        await post.pass_time(minutes=1)
    assert await post.batches() == []
    await pause_feed(post.district, "drop", actor=CLERK)
    for _ in range(4):
        await post.pass_time(minutes=11)
    assert await post.batches() == []


async def test_a_source_that_is_away_keeps_nothing_and_can_be_tried_again(post: Watching) -> None:
    number = await post.plan()
    post.folder.rmdir()
    with pytest.raises(FetchError, match="folder"):
        await visit_feed(post.district, number, post.place)
    post.folder.mkdir()
    post.drop("students.csv", 1)
    for _ in range(3):
        await visit_feed(post.district, number, post.place)
    assert len(await post.batches()) == 1
    assert (await find_feed(post.district, "drop")).last_run_at is not None


async def test_people_are_told_of_rows_that_wait_without_any_value(post: Watching, webhook: str) -> None:
    await post.plan(notify=Notify(webhook=webhook))
    post.drop("students.csv", 1, Born="31/31/2011")
    for _ in range(3):
        await post.pass_time(minutes=11)
    (batch,) = await post.batches()
    assert Mailbox.received == [
        {
            "event": "batch.rows_failed",
            "district": post.district.name,
            "feed": "drop",
            "batch": batch.id,
            "failed": 2,
            "code": "",
        }
    ]


async def test_people_are_told_by_mail_without_any_value(post: Watching, mail_server: int) -> None:
    post.mail_port = mail_server
    await post.plan(notify=Notify(mail="desk@example.org"))
    post.drop("students.csv", 1, Born="31/31/2011")
    for _ in range(3):
        await post.pass_time(minutes=11)
    (batch,) = await post.batches()
    (message,) = MailServer.received
    assert message["To"] == "desk@example.org"
    assert message["Subject"] == "Homeroom: rows wait in quarantine (drop)"
    assert message.get_content().splitlines() == [
        "event: batch.rows_failed",
        f"district: {post.district.name}",
        "feed: drop",
        f"batch: {batch.id}",
        "failed: 2",
    ]


async def test_a_source_that_cannot_be_read_is_told_once_it_is_given_up(
    post: Watching, webhook: str, mail_server: int
) -> None:
    post.mail_port = mail_server
    await post.plan(notify=Notify(webhook, "desk@example.org"))
    post.folder.rmdir()
    for _ in range(MOST_TRIES + 1):
        await post.pass_time(minutes=11)
        await post.dock.fetch("update job.job set due_at = now()")
    assert [told["event"] for told in Mailbox.received] == ["feed.failed"]
    assert [m["Subject"] for m in MailServer.received] == ["Homeroom: a source could not be read (drop)"]


async def test_a_mail_server_that_is_away_holds_nothing_up(post: Watching, mail_server: int) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # it does not listen
        post.mail_port = nobody.getsockname()[1]
        await post.plan(notify=Notify(mail="desk@example.org"))
        post.drop("students.csv", 1, Born="31/31/2011")
        for _ in range(3):
            await post.pass_time(minutes=11)
    assert [line.state for line in await post.batches()] == ["finished"]
    assert MailServer.received == []


async def test_a_webhook_to_a_host_that_is_not_allowed_is_not_called(post: Watching, webhook: str) -> None:
    post.place = Place(post.place.spool_folder, Egress(), post.clock)
    await post.plan(notify=Notify(webhook=webhook))
    post.drop("students.csv", 1, Born="31/31/2011")
    for _ in range(3):
        await post.pass_time(minutes=11)
    assert len(await post.batches()) == 1
    assert Mailbox.received == []


__all__ = ["Dock", "desk"]
