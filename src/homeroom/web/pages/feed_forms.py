"""What is done to feeds from their pages: made, changed, paused, visited now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from homeroom.base.errors import SettingsError
from homeroom.ingest.feeds.feed import (
    Feed,
    FeedPlan,
    Notify,
    list_feeds,
    pause_feed,
    queue_visit,
    resume_feed,
    save_feed,
)
from homeroom.ingest.loading.snapshot import Snapshot
from homeroom.ingest.quality.bands import Bands
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.feeds import CONNECTORS, FeedDraft, feed_of, render_feed, render_feeds
from homeroom.web.pages.forms import Form
from homeroom.web.pages.visits import MemberVisit

_TYPED: Final = (
    *("name", "spec", "parameters", "connector", "schedule", "resources", "scope", "most_rows", "most_share"),
    *("rows_down", "rows_up", "blanks_up", "webhook", "mail"),
)
_PARTED: Final = re.compile(r"[\s,]+")
_PERCENT: Final = re.compile(r"\d{1,4}(\.\d{1,3})?")
_MOST_ROWS: Final = 1_000_000_000
_LONGEST: Final = 4_000


async def do_create(visit: MemberVisit) -> Response:
    """Makes a feed under a name that none has."""
    draft = _read(visit.form)
    faults = list(_faults(visit.form, draft, feed=None))
    if any(feed.name == draft.name for feed in await list_feeds(visit.district)):
        faults.append("There is a feed of this name already; open it to change it.")
    kept = faults or await _save(visit, draft, settings=_pairs(visit.form.raw("settings")) or {})
    if isinstance(kept, int):
        return visit.go_to(f"/feeds/{kept}")
    return await render_feeds(visit, replace(draft, faults=kept))


async def do_change(visit: MemberVisit) -> Response:
    """Changes a feed; settings of its source that are left empty stay as they are."""
    feed = await feed_of(visit)
    if feed is None:
        return answer_absent(visit)
    draft = replace(_read(visit.form), name=feed.name)
    settings = _pairs(visit.form.raw("settings")) or None
    kept = list(_faults(visit.form, draft, feed=feed)) or await _save(visit, draft, settings=settings)
    if isinstance(kept, int):
        return visit.go_to(f"/feeds/{kept}")
    return await render_feed(visit, feed, replace(draft, faults=kept))


async def do_pause(visit: MemberVisit) -> Response:
    """Fetches nothing for it until it goes on."""
    feed = await feed_of(visit)
    if feed is None:
        return answer_absent(visit)
    await pause_feed(visit.district, feed.name, actor=visit.member)
    return visit.go_to(f"/feeds/{feed.id}")


async def do_resume(visit: MemberVisit) -> Response:
    """Lets it go on."""
    feed = await feed_of(visit)
    if feed is None:
        return answer_absent(visit)
    await resume_feed(visit.district, feed.name, actor=visit.member)
    return visit.go_to(f"/feeds/{feed.id}")


async def do_run(visit: MemberVisit) -> Response:
    """Has its source visited now."""
    feed = await feed_of(visit)
    if feed is None or feed.connector is None or feed.is_paused:
        return answer_absent(visit)
    await queue_visit(visit.district, feed, actor=visit.member)
    return visit.go_to(f"/feeds/{feed.id}?queued=1")


def _read(form: Form) -> FeedDraft:
    """The fields as they were typed."""
    return FeedDraft(**{name: form.text(name) for name in _TYPED}, new_codes=bool(form.text("new_codes")))


def _faults(form: Form, draft: FeedDraft, *, feed: Feed | None) -> Iterator[str]:
    """What cannot be read of the form, in words."""
    if any("\0" in v or len(v) > _LONGEST for values in form.fields.values() for v in values):
        yield "A field is too long, or holds a character that cannot be stored."
    for label, text in (("parameter", draft.parameters), ("setting", form.raw("settings"))):
        if _pairs(text) is None:
            yield f"Write each {label} on a line of its own, as name=value."
    for text in (draft.rows_down, draft.rows_up, draft.blanks_up, draft.most_share):
        if text and not _PERCENT.fullmatch(text):
            yield f"{text!r} is not a share in percent."
    if draft.resources and not (draft.most_rows.isascii() and draft.most_rows.isdigit()):
        yield "Say in whole numbers how many records may be removed without asking."
    kept = feed.connector if feed is not None else None
    if draft.connector and draft.connector not in (*CONNECTORS, kept):
        yield "There is no such source to choose here."
    elif draft.connector and draft.connector not in CONNECTORS and form.text("settings"):
        yield "The settings of this source are changed by who runs the server, with `homeroom feed create`."


async def _save(
    visit: MemberVisit, draft: FeedDraft, *, settings: Mapping[str, str] | None
) -> int | list[str]:
    try:
        plan = _plan(draft, settings=settings)
        return await save_feed(visit.district, plan, actor=visit.member, clock=visit.pages.clock)
    except SettingsError as error:
        return [str(error).replace("`", "")]


def _plan(draft: FeedDraft, *, settings: Mapping[str, str] | None) -> FeedPlan:
    """What the feed shall be; the draft has been checked."""
    snapshot = None
    if draft.resources:
        snapshot = Snapshot(
            tuple(_words(draft.resources)),
            tuple(_words(draft.scope)),
            min(int(draft.most_rows), _MOST_ROWS),
            _share(draft.most_share) or 0.0,
        )
    return FeedPlan(
        draft.name,
        draft.spec or None,
        _pairs(draft.parameters) or {},
        draft.connector or None,
        settings,
        draft.schedule or None,
        snapshot,
        Bands(_share(draft.rows_down), _share(draft.rows_up), _share(draft.blanks_up), draft.new_codes),
        Notify(draft.webhook or None, draft.mail or None),
    )


def _pairs(text: str) -> Mapping[str, str] | None:
    """Lines of name=value; None when one is none."""
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        return None
    return {name.strip(): value.strip() for name, _, value in pairs}


def _words(text: str) -> list[str]:
    return [word for word in _PARTED.split(text) if word]


def _share(text: str) -> float | None:
    return float(text) / 100 if text else None
