"""Feeds: what comes again and again, how it is read, when it is fetched and when a person is asked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from homeroom.ingest.feeds.feed import Feed, list_feeds, read_feed
from homeroom.ingest.feeds.schedules import FORMS
from homeroom.ingest.loading.batches import BatchLine, list_batches
from homeroom.ingest.specs.shelf import own_specs, shipped_names
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

CONNECTORS: Final = ("sftp", "edfi", "oneroster")
"""Where a data manager may fetch from. Folders of the server and databases are named by who runs it: through them one
could read what is not the district's."""
_MOST_BATCHES: Final = 10


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """The form of a feed as it is typed, each field as text. A source's settings are never shown again.

    faults: what cannot be, in words.
    """

    name: str = ""
    spec: str = ""
    parameters: str = ""
    connector: str = ""
    schedule: str = ""
    resources: str = ""
    scope: str = ""
    most_rows: str = "50"
    most_share: str = "10"
    rows_down: str = "40"
    rows_up: str = ""
    blanks_up: str = "30"
    new_codes: bool = True
    webhook: str = ""
    mail: str = ""
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeedChoices:
    """What the form lets one choose. schedules: the forms a schedule can have, in words."""

    specs: Sequence[str]
    connectors: Sequence[str]
    schedules: str


@dataclass(frozen=True, slots=True)
class FeedsPage:
    """All feeds by name, and the form for a new one."""

    feeds: Sequence[Feed]
    draft: FeedDraft
    choices: FeedChoices


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One feed with its last batches. was_queued: a visit of its source has just been asked for."""

    feed: Feed
    batches: Sequence[BatchLine]
    draft: FeedDraft
    choices: FeedChoices
    was_queued: bool


async def show_feeds(visit: MemberVisit) -> Response:
    """All of them."""
    return await render_feeds(visit, FeedDraft())


async def show_feed(visit: MemberVisit) -> Response:
    """One of them."""
    feed = await feed_of(visit)
    return answer_absent(visit) if feed is None else await render_feed(visit, feed, _draft(feed))


async def render_feeds(visit: MemberVisit, draft: FeedDraft) -> Response:
    """The list, with the form as it was sent."""
    page = FeedsPage(await list_feeds(visit.district), draft, await _choices(visit, CONNECTORS))
    return visit.render("feeds.html", page, status=400 if draft.faults else 200)


async def render_feed(visit: MemberVisit, feed: Feed, draft: FeedDraft) -> Response:
    """One feed, with the form as it was sent."""
    batches = await list_batches(visit.district, feed=feed.id, most=_MOST_BATCHES)
    kinds = CONNECTORS if feed.connector in (None, *CONNECTORS) else (*CONNECTORS, feed.connector)
    page = FeedPage(
        feed, batches, draft, await _choices(visit, kinds), "queued" in visit.request.query_params
    )
    return visit.render("feed.html", page, status=400 if draft.faults else 200)


async def feed_of(visit: MemberVisit) -> Feed | None:
    """The feed that the address names."""
    number: int = visit.request.path_params["feed"]
    try:
        return await read_feed(visit.district, number) if number < 2**63 else None
    except LookupError:
        return None


async def _choices(visit: MemberVisit, connectors: Sequence[str]) -> FeedChoices:
    own = [spec.name for spec in await own_specs(visit.district)]
    return FeedChoices(sorted({*own, *shipped_names()}), connectors, FORMS.replace("`", ""))


def _draft(feed: Feed) -> FeedDraft:
    """A feed as its form shows it."""
    snapshot, bands = feed.snapshot, feed.bands
    of_snapshot = {}
    if snapshot is not None:
        of_snapshot = {
            "resources": ", ".join(snapshot.resources),
            "scope": ", ".join(snapshot.by),
            "most_rows": str(snapshot.most_rows),
            "most_share": _percent(snapshot.most_share),
        }
    return FeedDraft(
        name=feed.name,
        spec=feed.spec or "",
        parameters="\n".join(f"{name}={value}" for name, value in feed.parameters.items()),
        connector=feed.connector or "",
        schedule=feed.schedule or "",
        rows_down=_percent(bands.rows_down),
        rows_up=_percent(bands.rows_up),
        blanks_up=_percent(bands.blanks_up),
        new_codes=bands.new_codes,
        webhook=feed.notify.webhook or "",
        mail=feed.notify.mail or "",
        **of_snapshot,
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:g}"
