"""A visit to a source, read to its end."""

from __future__ import annotations

from dataclasses import dataclass

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.source import Fetch, SourceSettings, Surroundings, source_connectors
from homeroom.ingest.connectors.tables import LINE, Fault, Table
from homeroom.ingest.reading.plan import SourceFile

Row = dict[str, str | None]


@dataclass(frozen=True)
class Visit:
    """What came: the content of files and the rows of tables, by name, and what was found."""

    files: dict[str, bytes]
    tables: dict[str, list[Row]]
    findings: list[Fault]
    bookmark: str

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings if isinstance(finding, Finding)]


def visit(
    kind: str, settings: SourceSettings, surroundings: Surroundings, bookmark: str | None = None
) -> Visit | Finding:
    """One visit by the connector that is registered for this kind."""
    fetch = source_connectors()[kind].fetch(settings, surroundings, bookmark=bookmark)
    return fetch if isinstance(fetch, Finding) else _read(fetch)


def made(
    kind: str, settings: SourceSettings, surroundings: Surroundings, bookmark: str | None = None
) -> Visit:
    """A visit that must succeed."""
    came = visit(kind, settings, surroundings, bookmark)
    assert isinstance(came, Visit), came
    return came


def refusal(kind: str, settings: SourceSettings, surroundings: Surroundings) -> Finding:
    """Why there is no visit."""
    finding = visit(kind, settings, surroundings)
    assert isinstance(finding, Finding), finding
    return finding


def _read(fetch: Fetch) -> Visit:
    files: dict[str, bytes] = {}
    tables: dict[str, list[Row]] = {}
    findings: list[Fault] = []
    with fetch:
        for item in fetch.items:
            match item:
                case Finding():
                    findings.append(item)
                case SourceFile():
                    with item.open() as stream:
                        files[item.name] = stream.read()
                case Table():
                    tables[item.name] = [row for frame in item.frames for row in frame.drop(LINE).to_dicts()]
                    findings += item.faults.take()
        return Visit(files, tables, findings, fetch.bookmark())
