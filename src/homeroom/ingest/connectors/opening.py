"""Opens any file whose form some connector knows, told by its content first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.connector import FileConnector, file_connectors
from homeroom.ingest.connectors.dialect import UNKNOWN, Dialect
from homeroom.ingest.connectors.sources import Sample, read_sample
from homeroom.ingest.connectors.tables import Tables
from homeroom.ingest.reading.plan import DAMAGE, SourceFile, damaged

_PLAIN: Final = 50  # what a connector rates that knows its form by a mark in the content


def open_tables(file: SourceFile, hint: Dialect | None = None) -> Tables | Finding:
    """The tables of a file, to be left as a context manager; or why it has none.

    hint: what is known of how it is written; what it says is not detected.
    """
    known = hint or UNKNOWN
    if known.layout and known.form is None:
        known = replace(known, form="fixed")
    try:
        connector = _connector_for(read_sample(file), known)
        if connector is None:
            return _unknown(file.name)
        return connector.open(file, known)
    except DAMAGE:
        return damaged(file.name)


def _connector_for(sample: Sample, hint: Dialect) -> FileConnector | None:
    """The one whose form is fixed, unless the content is plainly of another: a zip may hold such files."""
    rated = [(connector.rate(sample), connector) for connector in file_connectors()]
    rating, best = max(rated, key=lambda pair: pair[0], default=(0, None))
    for own_rating, connector in rated:
        if connector.form == hint.form and (own_rating or rating < _PLAIN):
            return connector
    return best if rating else None


def _unknown(file: str) -> Finding:
    return Finding(
        "table.unknown_form",
        "The file is of no form that is read here.",
        Place(file),
        "Send CSV, fixed-width text, Excel (.xlsx, .xls, .ods), JSON, XML or a zip of these.",
    )
