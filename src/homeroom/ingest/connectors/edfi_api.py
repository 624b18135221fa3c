"""An Ed-Fi ODS/API, or another Homeroom, as a source: everything at first, then what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlencode

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors.json_values import Json
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
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import Folder

_PAGE_SIZE: Final = 500  # as much as an ODS/API gives at once
# What a server adds to a document and no sender says.
_OF_SERVER: Final = ("id", "_etag", "_lastModifiedDate")
_DOCUMENTS: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


@dataclass(frozen=True, slots=True)
class EdFiApi:
    """Settings: `base_url`, where the API's discovery document stands; `key`, `secret`; `resources`.

    resources: blank-separated endpoints (`students studentSchoolAssociations`), all of Ed-Fi's when missing.
    """

    kind: str = "edfi"

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """JSON Lines by endpoint, parents before children: `students.jsonl`.

        After the first visit also `students.keyChanges.jsonl` and `students.deletes.jsonl` where there are any.
        """
        faulty = check_settings(settings, required=("base_url", "key", "secret"), optional=("resources",))
        if faulty is not None:
            return faulty
        client = WebClient(surroundings.egress, surroundings.wait)
        found = client.get_json(settings["base_url"].rstrip("/") + "/")
        if isinstance(found, Finding):
            return found
        urls = _texts(found[0].get("urls") if isinstance(found[0], Mapping) else None)
        if not {"oauth", "dataManagementApi"} <= urls.keys():
            return unreachable("its root is no discovery document of an Ed-Fi API")
        client.client_key = ClientKey(urls["oauth"], settings["key"], settings["secret"])
        return _visit(client, urls, settings, spool=surroundings.spool, bookmark=bookmark)


def _visit(
    client: WebClient, urls: Mapping[str, str], settings: SourceSettings, *, spool: Path, bookmark: str | None
) -> Fetch | Finding:
    data = urls["dataManagementApi"].rstrip("/")
    changes = urls.get("changeQueries") or data.replace("/data/v3", "/changeQueries/v1")
    versions = client.get_json(f"{changes.rstrip('/')}/availableChangeVersions")
    if isinstance(versions, Finding):
        return versions
    newest = _texts(versions[0]).get("newestChangeVersion", "")
    since = bookmark or ""
    if not newest.isdigit() or (since and not since.isdigit()):
        return unreachable("its change versions cannot be read")
    endpoints = settings.get("resources", "").split() or _endpoints(client, urls)
    if isinstance(endpoints, Finding):
        return endpoints
    visit = _Visit(client, f"{data}/ed-fi", spool, since=since, newest=newest)
    return Fetch(visit.files(endpoints), visit.bookmark)


def _endpoints(client: WebClient, urls: Mapping[str, str]) -> list[str] | Finding:
    """Every endpoint of Ed-Fi's own, in the order in which records depend on each other."""
    found = client.get_json(urls.get("dependencies", ""))
    if isinstance(found, Finding):
        return found
    entries = [_texts(entry) for entry in found[0]] if isinstance(found[0], list) else []
    ordered = sorted(entries, key=lambda entry: int(entry.get("order", "0")))
    paths = dict.fromkeys(entry.get("resource", "") for entry in ordered)
    return [path.removeprefix("/ed-fi/") for path in paths if path.startswith("/ed-fi/")]


@dataclass(slots=True)
class _Visit:
    """since: the change version of the last visit, "" at the first; newest: the one this visit goes up to."""

    client: WebClient
    data_url: str
    spool: Path
    since: str = field(kw_only=True)
    newest: str = field(kw_only=True)
    has_gap: bool = field(default=False, init=False)

    def bookmark(self) -> str:
        return self.since if self.has_gap else self.newest

    def files(self, endpoints: list[str]) -> Iterator[Fetched]:
        """Keys that changed and documents, parents first; then deletions, children first."""
        known = [endpoint for endpoint in endpoints if endpoint.isalnum()]
        if len(known) < len(endpoints):
            yield Finding("source.settings", "A resource has no such name.", remedy="Correct `resources`.")
        for endpoint in known:
            if self.since:
                yield from self._file(endpoint, "keyChanges")
            yield from self._file(endpoint, "")
        for endpoint in reversed(known if self.since else []):
            yield from self._file(endpoint, "deletes")

    def _file(self, endpoint: str, part: str) -> Iterator[Fetched]:
        name = f"{endpoint}.{part}.jsonl" if part else f"{endpoint}.jsonl"
        path = self.spool / name
        url = f"{self.data_url}/{endpoint}" + (f"/{part}" if part else "")
        with path.open("wb") as spooled:
            missing = self._download(url, spooled)
        if missing is not None:
            is_refused = missing.code == "source.not_allowed"
            self.has_gap = self.has_gap or not is_refused
            severity = Severity.WARNING if is_refused else Severity.ERROR
            yield replace(missing, place=Place(name), severity=severity)
        elif path.stat().st_size:
            yield SourceFile(name, Folder({name: partial(_open, path)}), name)

    def _download(self, url: str, spooled: BinaryIO) -> Finding | None:
        """From the last page to the first: what changes meanwhile leaves the window, and what stands behind it moves
        to pages that are still to come; it may come twice and is never missed."""
        window = {
            "maxChangeVersion": self.newest,
            **({"minChangeVersion": self._after()} if self.since else {}),
        }
        counted = self.client.get(f"{url}?{urlencode({**window, 'limit': '0', 'totalCount': 'true'})}")
        if isinstance(counted, Finding):
            return counted
        total = counted.headers.get("total-count", "")
        if not total.isdigit():
            return unreachable("it does not say how many records it has")
        for offset in reversed(range(0, int(total), _PAGE_SIZE)):
            page = {**window, "limit": str(_PAGE_SIZE), "offset": str(offset)}
            answer = self.client.get(f"{url}?{urlencode(page)}")
            if isinstance(answer, Finding):
                return answer
            try:
                documents = _DOCUMENTS.decode(answer.body)
            except (msgspec.DecodeError, UnicodeError):
                return unreachable("its answer is no list of documents")
            spooled.writelines(_line(document) for document in documents)
        return None

    def _after(self) -> str:
        return str(int(self.since) + 1)


def _line(document: dict[str, msgspec.Raw]) -> bytes:
    return (
        msgspec.json.encode({name: value for name, value in document.items() if name not in _OF_SERVER})
        + b"\n"
    )


def _texts(value: Json) -> Mapping[str, str]:
    """The members of an object that are texts or numbers."""
    if not isinstance(value, Mapping):
        return {}
    return {name: member for name, member in value.items() if isinstance(member, str)}


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


CONNECTOR: Final[SourceConnector] = EdFiApi()
