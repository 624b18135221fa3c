"""Writes a district's whole data as JSON Lines, one file per resource, so that it can be loaded again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.errors import HomeroomError, SettingsError
from homeroom.records.district import District
from homeroom.records.read import PageRequest, read_page
from homeroom.records.tasks import decide_task
from homeroom.trust.grant import Action, Grant, Refusal

_PAGE: Final = 2_000
_OURS: Final = ("id", "_etag", "_lastModifiedDate")
_DECODER: Final = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

ShowExport = Callable[[str, int], None]
"""Called with a resource's name and how many of its records are written so far."""


class ExportRefusedError(HomeroomError):
    """The policy does not let the district's data be exported."""

    code = "export.refused"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many records of each resource were written; resources without any have no file."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Of all resources."""
        return sum(self.counts.values())


async def export_district(
    district: District, folder: Path, *, progress: ShowExport | None = None
) -> ExportReport:
    """Every record that is stored when its page is read; the folder is made, and must be empty.

    What is sealed in the store is written plainly, so folder and files are closed to other accounts.
    """
    _make_folder(folder)
    counts: dict[str, int] = {}
    for resource in district.catalog.model.resources:
        written = await _export_resource(
            district, _grant(district, resource), folder=folder, progress=progress
        )
        if written:
            counts[resource] = written
    return ExportReport(counts)


def _make_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} is not an empty folder; name one that is empty or not there yet.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _grant(district: District, resource: str) -> Grant:
    decision = decide_task(district, "export", action=Action.READ, resource=resource)
    if isinstance(decision, Refusal):
        raise ExportRefusedError(decision.words)
    return decision


async def _export_resource(
    district: District, grant: Grant, *, folder: Path, progress: ShowExport | None
) -> int:
    written, last = 0, 0
    path = folder / f"{grant.resource}.jsonl"
    while True:
        page = await read_page(district, grant, wanted=PageRequest(limit=_PAGE, first_id=last + 1))
        if page.last_id is None:
            return written
        _append(path, map(render_line, page.bodies))
        written, last = written + len(page.bodies), page.last_id
        if progress is not None:
            progress(grant.resource, written)


def _append(path: Path, lines: Iterator[bytes]) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.writelines(lines)


def render_line(body: str) -> bytes:
    """A response body as a line to load again: without what this installation alone can know of it."""
    document = _DECODER.decode(body)
    for name in _OURS:
        document.pop(name, None)
    _drop_links(document)
    return _ENCODER.encode(document) + b"\n"


def _drop_links(value: object) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict) and name.endswith("Reference"):
                item.pop("link", None)
            _drop_links(item)
    elif isinstance(value, list):
        for item in value:
            _drop_links(item)
