"""Visits a feed's source: what is there goes into the inbox, and becomes a batch of the feed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeroom.base.clock import Clock
from homeroom.base.errors import HomeroomError
from homeroom.base.findings import Finding, Severity
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.source import Fetch, Fetched, Surroundings, source_connectors
from homeroom.ingest.connectors.tables import LINE, Table, Unreadable
from homeroom.ingest.feeds.feed import (
    Feed,
    feed_reading,
    open_bookmark,
    open_settings,
    read_feed,
    seal_bookmark,
)
from homeroom.ingest.intake.deliveries import Delivery, deliver
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.reading.plan import SourceFile
from homeroom.records.district import District
from homeroom.store.queries import query
from homeroom.trust.actors import Operator

if TYPE_CHECKING:
    import polars

FETCHER: Final = Operator("feed")
"""Who acts when a feed is visited on its own; the ledger names it so."""
_PARTS: Final = "homeroom.ingest.feeds"
_READ_BYTES: Final = 1 << 20


class FetchError(HomeroomError):
    """A source could not be visited, or not to its end; nothing of the visit was kept, and it can be repeated."""

    code = "feed.fetch"
    may_retry = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit is made from. spool_folder: where files wait, sealed; egress: which hosts may be reached."""

    spool_folder: Path
    egress: Egress
    clock: Clock


async def visit_feed(district: District, number: int, place: Place) -> Delivery | None:
    """Fetches what is new and queues it as one batch; None when there is nothing. Raises FetchError.

    Where the next visit begins is kept once the batch is: a visit that is cut off is made again, and the same content
    again is the same batch.
    """
    feed, settings, bookmark = await _opened(district, number)
    connector = source_connectors().get(feed.connector or "")
    if connector is None:
        raise FetchError(f"The feed {feed.name} has no connector that is installed.")
    place.spool_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.spool_folder) as spool:
        surroundings = Surroundings(place.egress, Path(spool), place.clock)
        fetch = await asyncio.to_thread(connector.fetch, settings, surroundings, bookmark=bookmark)
        if isinstance(fetch, Finding):
            raise FetchError(f"{feed.name}: {fetch.words} {fetch.remedy}")
        with fetch:
            files = await _receive(Inbox(district, spool_folder=place.spool_folder), feed, fetch)
            delivery = None
            if files:
                delivery = await deliver(district, files, reading=feed_reading(feed), actor=FETCHER)
            await _keep_bookmark(district, feed, fetch.bookmark())
    return delivery


async def _opened(district: District, number: int) -> tuple[Feed, dict[str, str], str | None]:
    feed = await read_feed(district, number)
    async with district.database.connection() as connection:
        settings, bookmark = await connection.fetchrow(query(_PARTS, "read_source"), number)
    return feed, open_settings(district, feed.name, settings), open_bookmark(district, feed.name, bookmark)


async def _keep_bookmark(district: District, feed: Feed, bookmark: str) -> None:
    async with district.database.connection() as connection:
        sealed = seal_bookmark(district, feed.name, bookmark)
        await connection.execute(query(_PARTS, "keep_bookmark"), feed.id, sealed)


async def _receive(inbox: Inbox, feed: Feed, fetch: Fetch) -> list[InboxFile]:
    files: list[InboxFile] = []
    items = iter(fetch.items)
    while (item := await asyncio.to_thread(_next, items)) is not None:
        if isinstance(item, Finding):
            received: InboxFile | Finding = item
        elif isinstance(item, Table):
            received = await inbox.receive(_pieces_of_table(item), name=f"{item.name}.csv", actor=FETCHER)
        else:
            received = await inbox.receive(_pieces_of_file(item), name=item.name, actor=FETCHER)
        if isinstance(received, InboxFile):
            files.append(received)
        elif received.severity is Severity.ERROR and received.code != "inbox.empty":
            raise FetchError(f"{feed.name}: {received.words} {received.remedy}")
    return files


def _next(items: Iterator[Fetched]) -> Fetched | None:
    return next(items, None)


async def _pieces_of_file(file: SourceFile) -> AsyncIterator[bytes]:
    with file.open() as stream:
        while piece := await asyncio.to_thread(stream.read, _READ_BYTES):
            yield piece


async def _pieces_of_table(table: Table) -> AsyncIterator[bytes]:
    """A table as CSV: the inbox keeps files, and from there on it is one. A table without rows is no file."""
    is_first = True
    while (frame := await asyncio.to_thread(next, table.frames, None)) is not None:
        yield await asyncio.to_thread(_csv_of, frame, has_header=is_first)
        is_first = False
        for fault in table.faults.take():
            finding = fault.finding if isinstance(fault, Unreadable) else fault
            if finding.severity is Severity.ERROR:
                raise FetchError(f"{table.name}: {finding.words} {finding.remedy}")


def _csv_of(frame: polars.DataFrame, *, has_header: bool) -> bytes:
    return frame.drop(LINE).write_csv(include_header=has_header).encode()
