"""A program downstream that keeps a copy of a district by its change feed alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.cast import Body
from tests.crash.arena import WRITTEN

_LARGEST_PAGE: Final = 500
_KEYS: Final = {
    "students": ("studentUniqueId",),
    "studentSchoolAssociations": ("studentUniqueId", "schoolId", "entryDate"),
    "classPeriods": ("classPeriodName", "schoolId"),
    "sections": ("sectionIdentifier", "localCourseCode", "schoolId", "schoolYear", "sessionName"),
}


class UnansweredError(Exception):
    """The server was away; the same window can be asked for again."""


@dataclass
class Follower:
    """copy: endpoint -> natural key as text -> record. seen: the newest version whose window has been copied.

    windows: how many were copied.
    """

    client: httpx.AsyncClient
    url: str
    copy: dict[str, dict[str, Body]] = field(default_factory=dict)
    seen: int = 0
    windows: int = 0
    _told: int = 0

    async def begin(self) -> None:
        """Copies everything while nobody writes."""
        self.seen = await self._newest()
        self.copy = await self.read_all()

    async def follow(self) -> None:
        """Copies what has changed since the last window. Raises UnansweredError when it has copied nothing of it."""
        newest = await self._newest()
        window = {"minChangeVersion": self.seen + 1, "maxChangeVersion": newest}
        changes = {endpoint: await self._read(endpoint, window) for endpoint in WRITTEN}
        for endpoint, (moved, gone, items) in changes.items():
            copy = self.copy[endpoint]
            for change in moved:
                copy.pop(_key(endpoint, change["oldKeyValues"]), None)
            for tombstone in gone:
                copy.pop(_key(endpoint, tombstone["keyValues"]), None)
            copy |= {key_of(endpoint, item): item for item in items}
        self.seen = newest
        self.windows += 1

    async def read_all(self) -> dict[str, dict[str, Body]]:
        """What a copy must look like, read without the feed."""
        return {
            endpoint: {key_of(endpoint, item): item for item in await self._items(endpoint, {})}
            for endpoint in WRITTEN
        }

    async def _newest(self) -> int:
        answer = await self._get(f"{self.url}/changeQueries/v1/availableChangeVersions")
        newest: int = answer.json()["newestChangeVersion"]
        assert newest >= self._told, f"the feed ended at {self._told}, and now it ends at {newest}"
        self._told = newest
        return newest

    async def _read(self, endpoint: str, window: dict[str, int]) -> tuple[list[Body], list[Body], list[Body]]:
        feeds = []
        for feed in ("keyChanges", "deletes"):
            rows = (await self._get(f"{endpoint}/{feed}", **window, limit=_LARGEST_PAGE)).json()
            assert len(rows) < _LARGEST_PAGE, "a window of this test fits a page"
            feeds.append(rows)
        return feeds[0], feeds[1], await self._items(endpoint, window)

    async def _items(self, endpoint: str, window: dict[str, int]) -> list[Body]:
        page = await self._get(endpoint, **window, limit=_LARGEST_PAGE)
        items: list[Body] = page.json()
        while token := page.headers.get("next-page-token"):
            page = await self._get(endpoint, **window, pageToken=token, pageSize=_LARGEST_PAGE)
            items += page.json()
        return items

    async def _get(self, address: str, **parameters: Any) -> httpx.Response:
        try:
            response = await self.client.get(address, params=parameters)
        except httpx.TransportError as error:
            raise UnansweredError from error
        if response.status_code == 503:
            raise UnansweredError
        assert response.status_code == 200, f"{response.status_code}: {response.text}"
        return response


def key_of(endpoint: str, item: Body) -> str:
    """The natural key of a record as text, as the feed spells it."""
    values = dict(item)
    for name, value in item.items():
        if name.endswith("Reference"):
            values |= {n: v for n, v in value.items() if n != "link"}
    return _key(endpoint, values)


def _key(endpoint: str, values: Body) -> str:
    return json.dumps([values[name] for name in _KEYS[endpoint]])
