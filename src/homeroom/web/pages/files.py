"""Files: what was sent in, how each batch stands, and the way to send more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.ingest.feeds.feed import Feed, feed_reading, list_feeds
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.loading.batches import BatchLine, list_batches
from homeroom.ingest.quarantine.waiting_rows import WaitingReason, count_waiting
from homeroom.web.multipart import BrokenFormError, FormPart, read_parts
from homeroom.web.pages.batch import needs_mapping
from homeroom.web.pages.faults import answer_stale_form
from homeroom.web.pages.forms import CSRF_FIELD, Form, parse_position
from homeroom.web.pages.visits import MemberVisit

_MOST: Final = 25
_FEED: Final = "feed"


@dataclass(slots=True)
class _Sent:
    """What came of each file, and the number of the feed that they are of."""

    received: list[InboxFile | Finding]
    feed: int | None = None


@dataclass(frozen=True, slots=True)
class FilesPage:
    """batches: the newest first. before: the number to go on from; None at the end.

    waiting: rows in quarantine, by reason. feeds: that files may be sent for; feed: the number of the one that is
    chosen. faults: why files just sent were not taken.
    """

    batches: Sequence[BatchLine]
    before: int | None
    waiting: Sequence[WaitingReason]
    feeds: Sequence[Feed]
    feed: int | None
    faults: Sequence[Finding] = ()

    def needs_mapping(self, batch: BatchLine) -> bool:
        """Whether a file of it is of a form that nobody has described yet."""
        return needs_mapping(batch.report)

    @property
    def rows_waiting(self) -> int:
        """Rows in quarantine."""
        return sum(reason.rows for reason in self.waiting)


async def show_files(visit: MemberVisit) -> Response:
    """The batches, and the form to send files."""
    return await _render(visit)


async def do_send(visit: MemberVisit) -> Response:
    """Takes files in as they arrive, sealed, and makes one batch of them."""
    try:
        kind = visit.request.headers.get("content-type", "")
        sent = await _receive(visit, read_parts(visit.request.stream(), content_type=kind))
    except (BrokenFormError, ClientDisconnect):
        return answer_stale_form(visit)
    if sent is None:
        return answer_stale_form(visit)
    faults = [one for one in sent.received if isinstance(one, Finding)]
    files = [one for one in sent.received if isinstance(one, InboxFile)]
    if faults or not files:
        return await _render(visit, faults=faults or [_NOTHING], feed=sent.feed)
    feed = next((f for f in await list_feeds(visit.district) if f.id == sent.feed), None)
    reading = feed_reading(feed) if feed else Reading()
    delivery = await deliver(visit.district, files, reading=reading, actor=visit.member)
    return visit.go_to(f"/files/{delivery.batch}" + ("" if delivery.is_new else "?again=1"))


_NOTHING: Final = Finding("files.none", "No file was chosen.", remedy="Choose one or more files first.")


async def _receive(visit: MemberVisit, parts: AsyncIterator[FormPart]) -> _Sent | None:
    """What was sent; None when the form is not one of ours. Its first field says whose it is."""
    inbox = Inbox(visit.district, spool_folder=visit.pages.spool_folder)
    sent = _Sent([])
    is_ours = False
    async for part in parts:
        if part.name == CSRF_FIELD and part.file is None:
            is_ours = Form({CSRF_FIELD: [await part.text()]}).carries(visit.signed_in.session.csrf)
        elif not is_ours:
            return None
        elif part.name == _FEED and part.file is None:
            sent.feed = parse_position(await part.text())
        elif part.file:
            sent.received.append(await inbox.receive(part.pieces, name=part.file, actor=visit.member))
    return sent if is_ours else None


async def _render(visit: MemberVisit, *, faults: Sequence[Finding] = (), feed: int | None = None) -> Response:
    asked = visit.request.query_params
    first = parse_position(asked.get("before", ""))
    batches = await list_batches(visit.district, before=first, most=_MOST + 1)
    page = FilesPage(
        batches[:_MOST],
        batches[_MOST - 1].id if len(batches) > _MOST else None,
        await count_waiting(visit.district),
        await list_feeds(visit.district),
        feed if feed is not None else parse_position(asked.get(_FEED, "")),
        faults,
    )
    return visit.render("files.html", page, status=400 if faults else 200)
