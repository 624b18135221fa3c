"""Suggests a mapping spec for a file: reads a sample of it, and asks the district what it knows of its values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.reading.plan import SourceFile
from homeroom.ingest.suggest.ground import Ground, Known
from homeroom.ingest.suggest.learned import learned_names
from homeroom.ingest.suggest.profile import ColumnProfile, Shape, profile_columns
from homeroom.ingest.suggest.propose import examples_with
from homeroom.ingest.suggest.suggestion import Said, Suggestion, suggest
from homeroom.interop.package_archive import Folder
from homeroom.records.district import District
from homeroom.records.tasks import decide_task
from homeroom.records.views.granted import Ask, decide_view
from homeroom.records.views.known_values import KNOWN_VALUES, find_known_values
from homeroom.standard.read import load_seed_descriptors
from homeroom.trust.grant import Refusal

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.connectors.tables import Table

_LONGEST_KEY: Final = 60
_MOST_KEYS: Final = 20_000
_MOST_TABLES: Final = 50
_NEVER_KEYS: Final = (Shape.EMPTY, Shape.DATE, Shape.YES_NO, Shape.DECIMAL)


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a table. shown: its first rows."""

    file: str
    columns: tuple[str, ...]
    profiles: tuple[ColumnProfile, ...]
    shown: tuple[Mapping[str, str | None], ...]


def read_sample_of(file: SourceFile, *, shown: int = 10) -> Sample | Finding:
    """Profiles of the columns of a file's fullest table, or why it has none.

    A workbook may have a sheet that tells of the others before them; sheets of the same fullness are one kind.
    """
    tables = open_tables(file)
    if isinstance(tables, Finding):
        return tables
    best: tuple[Table, polars.DataFrame] | None = None
    fault: Finding | None = None
    with tables:
        for table in islice(tables, _MOST_TABLES):
            if isinstance(table, Finding):
                fault = fault or table
                continue
            frame = next(table.frames, None)
            if frame is not None and (best is None or _fullness(frame) > _fullness(best[1])):
                best = table, frame
    if best is not None:
        table, frame = best
        rows = frame.select(table.columns).head(shown).to_dicts()
        return Sample(file.name, table.columns, profile_columns(frame, table.columns), tuple(rows))
    words, remedy = "The file holds no rows.", "Check that it was exported whole."
    return fault or Finding("suggest.no_rows", words, Place(file.name), remedy)


def _fullness(frame: polars.DataFrame) -> int:
    return frame.height * frame.width


def file_at(path: Path) -> SourceFile:
    """A file on disk as connectors read it."""
    return SourceFile(path.name, Folder({path.name: lambda: path.open("rb")}), path.name)


async def sample_of_batch(district: District, file: InboxFile, *, spool_folder: Path) -> Sample | Finding:
    """The beginning of a file that is in the inbox."""
    with ExitStack() as opened:
        copy = await Inbox(district, spool_folder=spool_folder).open(file.id, opened=opened)
        source = SourceFile(file.name, Folder({file.name: copy.open}), file.name)
        return await asyncio.to_thread(read_sample_of, source)


async def suggest_for(
    district: District, sample: Sample, *, name: str, said: Said, ask: Ask
) -> Suggestion | None:
    """A suggestion for the sample under that name; None when it looks like nothing that is known.

    ask: the policy's answers for whoever wants it; who may not see who the students are gets one by names alone.
    """
    ground = ground_of(district.entry.standard)
    known = await _known(district, sample.profiles, ask)
    return suggest(sample.profiles, name=name, ground=replace(ground, known=known), said=said)


def operator_ask(district: District) -> Ask:
    """The policy's answers for the district's own task."""
    return lambda action, resource: decide_task(district, "suggest", action=action, resource=resource)


@cache
def ground_of(standard: str) -> Ground:
    """What a suggestion stands on in any district of that standard, before it is asked what it knows."""
    descriptors: dict[str, list[str]] = {}
    for value in load_seed_descriptors(standard):
        descriptors.setdefault(str(value["kind"]), []).append(str(value["code_value"]))
    learned = (pair for pairs in learned_names().values() for pair in pairs)
    return Ground(standard, descriptors, examples_with(learned))


async def _known(district: District, profiles: Sequence[ColumnProfile], ask: Ask) -> Known:
    grants = decide_view(ask, KNOWN_VALUES)
    if isinstance(grants, Refusal):
        return Known()
    texts = dict.fromkeys(
        key
        for profile in profiles
        if profile.shape not in _NEVER_KEYS
        for key in profile.keys
        if len(key) <= _LONGEST_KEY
    )
    return Known(await find_known_values(district, grants=grants, texts=list(texts)[:_MOST_KEYS]))
