"""Steps and services of change queries: how far changes go, what was deleted, which keys changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from homeroom.records.changes import ChangePage, ChangeWindow, read_deletes, read_key_changes
from homeroom.web.api import paging
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.exchange import Response, json_response
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site
from homeroom.web.api.years import year_of

_SERVICE: Final = "availablechangeversions"


async def answer_change_queries(site: Site) -> Response:
    """The oldest and newest version whose changes can be asked for."""
    newest = await site.district.database.newest_change_version()
    return json_response(msgspec.json.encode({"oldestChangeVersion": 0, "newestChangeVersion": newest}))


async def read_deleted(call: Call) -> Answer | None:
    """What was deleted in a window of versions."""
    return await _read_feed(call, read_deletes)


async def read_changed_keys(call: Call) -> Answer | None:
    """Which keys changed in a window of versions."""
    return await _read_feed(call, read_key_changes)


_Feed = Callable[..., Awaitable[ChangePage]]


async def _read_feed(call: Call, read: _Feed) -> Answer:
    window = _parse_window(call)
    if isinstance(window, Problem):
        return window
    page = await read(call.site.district, call.grant, window=window, request=call.correlation_id)
    headers = () if page.total is None else (("total-count", str(page.total)),)
    return json_response(msgspec.json.encode(page.rows), headers=headers)


def _parse_window(call: Call) -> ChangeWindow | Problem:
    asked = paging.parse_asked(call.request, bounds=paging.FEED_BOUNDS)
    if isinstance(asked, Problem):
        return asked
    year = year_of(call)
    return ChangeWindow(
        paging.LARGEST_PAGE if asked.limit is None else asked.limit,
        asked.offset or 0,
        asked.min_version,
        asked.max_version,
        asked.wants_total,
        None if year is None else year.year,
    )
