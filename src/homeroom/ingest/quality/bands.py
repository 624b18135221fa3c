"""Alarm bands: what of a batch is so far from the one before that a person is asked first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from homeroom.ingest.loading.questions import Question
from homeroom.ingest.quality.profiles import ColumnProfile

_LOOK: str = "Look at the file; approve the batch when it is right, cancel it when it is not."


@dataclass(frozen=True, slots=True)
class Bands:
    """How far a batch of a feed may be from the one before, as shares from 0 to 1.

    rows_down, rows_up: of the rows; None never asks. blanks_up: how much larger the share of blank cells of a column
    may be. new_codes: whether a column of codes may not hold one that it never held.
    """

    rows_down: float | None = 0.4
    rows_up: float | None = None
    blanks_up: float | None = 0.3
    new_codes: bool = True


def parse_bands(text: str) -> Bands:
    """Bands from the JSON in which a feed keeps them. Raises msgspec.ValidationError for what is none."""
    return msgspec.json.decode(text, type=Bands)


def check_drift(
    now: Sequence[ColumnProfile], before: Sequence[ColumnProfile], bands: Bands
) -> tuple[Question, ...]:
    """What has to be asked; nothing for a first batch."""
    if not before:
        return ()
    return (*_rows(now, before, bands), *_columns(now, before, bands))


def _rows(now: Sequence[ColumnProfile], before: Sequence[ColumnProfile], bands: Bands) -> Iterator[Question]:
    rows = _rows_by_file(now)
    for file, were in _rows_by_file(before).items():
        are = rows.get(file, 0)
        if bands.rows_down is not None and are < were * (1 - bands.rows_down):
            words = f"{file}: {are:,} rows, {_percent(1 - are / were)} fewer than the {were:,} last time."
            yield Question(f"drift.rows_down:{file}", words, _LOOK)
        if bands.rows_up is not None and are > were * (1 + bands.rows_up):
            words = f"{file}: {are:,} rows, {_percent(are / were - 1)} more than the {were:,} last time."
            yield Question(f"drift.rows_up:{file}", words, _LOOK)


def _columns(
    now: Sequence[ColumnProfile], before: Sequence[ColumnProfile], bands: Bands
) -> Iterator[Question]:
    known = {(p.file, p.column): p for p in now}
    for old in before:
        place = f"{old.file}:{old.column}"
        new = known.get((old.file, old.column))
        if new is None:
            words = f"{old.file}: the column {old.column} is gone."
            yield Question(f"drift.column_gone:{place}", words, _LOOK)
            continue
        rise = _blank_share(new) - _blank_share(old)
        if bands.blanks_up is not None and new.rows and rise > bands.blanks_up:
            shares = f"{_percent(_blank_share(new))} blank, {_percent(_blank_share(old))} last time"
            yield Question(f"drift.blanks:{place}", f"{old.file}: {old.column} is {shares}.", _LOOK)
        codes = _new_codes(new.codes, old.codes)
        if bands.new_codes and codes:
            rows = sum(codes.values())
            words = f"{old.file}: {old.column} holds {len(codes)} new codes in {rows:,} rows."
            yield Question(f"drift.codes:{place}", words, _LOOK)


def _new_codes(now: Mapping[str, int] | None, before: Mapping[str, int] | None) -> Mapping[str, int]:
    if now is None or not before:
        return {}
    return {code: rows for code, rows in now.items() if code not in before}


def _rows_by_file(profiles: Sequence[ColumnProfile]) -> dict[str, int]:
    found: dict[str, int] = {}
    for profile in profiles:
        found[profile.file] = max(found.get(profile.file, 0), profile.rows)
    return {file: rows for file, rows in found.items() if rows}


def _blank_share(profile: ColumnProfile) -> float:
    return profile.blanks / profile.rows if profile.rows else 0.0


def _percent(share: float) -> str:
    return f"{share:.0%}"
