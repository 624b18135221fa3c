"""OneRoster 1.1 and 1.2 over REST: the same tables, under the same columns, as its CSV files have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.flat_rows import FlatItem, FlatRow, flat_tables
from homeroom.ingest.connectors.json_values import Json, flatten
from homeroom.ingest.connectors.source import (
    Fetch,
    Fetched,
    SourceConnector,
    SourceSettings,
    Surroundings,
    check_settings,
    unreachable,
)
from homeroom.ingest.connectors.web_client import ClientKey, WebClient

_CELLS: Final = msgspec.json.Decoder(dict[str, str])
_PAGE_SIZE: Final = 1_000
_MOST_PAGES: Final = 100_000
# The collections of rostering; those of the gradebook are asked for by name.
_ROSTERING: Final = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
_MANIFEST: Final = "manifest"
_DIALECT: Final = Dialect(form="oneroster")
_REQUIRED: Final = ("base_url", "token_url", "key", "secret")
_OPTIONAL: Final = ("collections", "page_size", "scope")
_SCOPE: Final = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"
# Members whose names do not become those of the CSV by adding SourcedId.
_SINGULAR: Final = {"children": "child", "classes": "class", "academicSessions": "academicSession"}


@dataclass(frozen=True, slots=True)
class OneRosterRest:
    """Settings: `base_url` up to the version (`…/ims/oneroster/v1p1`), `token_url`, `key`, `secret`.

    Also `collections` (blank-separated; rostering when missing), `page_size`, `scope`. After the first visit only
    what was modified since is asked for; a manifest then says so, as that of a CSV delta does.
    """

    kind: str = "oneroster"

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """A table for each collection."""
        faulty = check_settings(settings, required=_REQUIRED, optional=_OPTIONAL)
        if faulty is not None:
            return faulty
        key = ClientKey(
            settings["token_url"], settings["key"], settings["secret"], settings.get("scope", _SCOPE)
        )
        page_size = settings.get("page_size", "")
        visit = _Visit(
            WebClient(surroundings.egress, surroundings.wait, key),
            settings["base_url"].rstrip("/"),
            surroundings.spool,
            page_size=int(page_size) if page_size.isdigit() and page_size.isascii() else _PAGE_SIZE,
            since=bookmark,
            reached=_instant(surroundings.clock.now()),
        )
        names = settings.get("collections", "").split() or _ROSTERING
        return Fetch(visit.tables(names), visit.bookmark)


@dataclass(slots=True)
class _Visit:
    """since: what was reached at the last visit. A visit with a gap reaches nothing new, so that it is repeated."""

    client: WebClient
    base_url: str
    spool: Path
    page_size: int = field(kw_only=True)
    since: str | None = field(kw_only=True)
    reached: str = field(kw_only=True)
    has_gap: bool = field(default=False, init=False)

    def bookmark(self) -> str:
        return (self.since or "") if self.has_gap else self.reached

    def tables(self, names: Sequence[str]) -> Iterator[Fetched]:
        """Each collection is fetched whole before its table is given: a broken one gives none."""
        given: list[str] = []
        for name in names:
            if not name.isalnum():
                yield Finding(
                    "source.settings", "A collection has no such name.", remedy="Correct `collections`."
                )
                continue
            path = self.spool / f"{name}.jsonl"
            missing = self._download(name, path)
            if missing is not None:
                self.has_gap = True
                yield missing
                continue
            for table in flat_tables(partial(_rows, path, name), file=name, dialect=_DIALECT):
                given.append(name)
                yield table
        if self.since and given:
            yield from flat_tables(partial(_manifest, given), file=_MANIFEST, dialect=_DIALECT)

    def _download(self, name: str, path: Path) -> Finding | None:
        with path.open("wb") as spooled:
            for number in range(_MOST_PAGES):
                page = self._page(name, number * self.page_size)
                if isinstance(page, Finding):
                    return page
                spooled.writelines(msgspec.json.encode(dict(_cells(item))) + b"\n" for item in page)
                if len(page) < self.page_size:
                    break
        return None

    def _page(self, name: str, offset: int) -> list[Mapping[str, Json]] | Finding:
        """In the order of their ids, so that a record that changes meanwhile does not move others across pages."""
        parameters = {
            "limit": str(self.page_size),
            "offset": str(offset),
            "sort": "sourcedId",
            "orderBy": "asc",
        }
        if self.since:
            parameters["filter"] = f"dateLastModified>='{self.since}'"
        answer = self.client.get_json(f"{self.base_url}/{name}", parameters)
        if isinstance(answer, Finding):
            return answer
        items = answer[0].get(name) if isinstance(answer[0], Mapping) else None
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            return unreachable(f"its answer for {name} has no list of that name")
        return items


def _rows(path: Path, name: str) -> Iterator[FlatItem]:
    with path.open("rb") as spooled:
        for number, line in enumerate(spooled, 1):
            yield FlatRow(name, number, _CELLS.decode(line))


def _manifest(names: Sequence[str]) -> Iterator[FlatItem]:
    for number, name in enumerate(names, 1):
        yield FlatRow(_MANIFEST, number, {"propertyName": f"file.{name}", "value": "delta"})


def _cells(item: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """A record's members under the names that the CSV binding has for them."""
    for name, value in item.items():
        yield from _member(name, value)


def _member(name: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and "sourcedId" in value:
        yield f"{name}SourcedId", str(value["sourcedId"])
    elif (
        isinstance(value, list) and value and all(isinstance(v, Mapping) and "sourcedId" in v for v in value)
    ):
        ids = [str(each["sourcedId"]) for each in value if isinstance(each, Mapping)]
        yield f"{_SINGULAR.get(name, name.removesuffix('s'))}SourcedIds", ",".join(ids)
    elif name == "userIds" and isinstance(value, list):
        pairs = [
            f"{{{each.get('type')}:{each.get('identifier')}}}" for each in value if isinstance(each, Mapping)
        ]
        yield name, ",".join(pairs)
    elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        yield name, ",".join(str(each) for each in value)
    else:
        yield from flatten(value, prefix=name)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


CONNECTOR: Final[SourceConnector] = OneRosterRest()
