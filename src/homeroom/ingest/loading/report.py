"""What a load came to: counts by resource, failures by root cause, faults of files; as text and JSON too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from homeroom.base.findings import Finding
from homeroom.ingest.loading.questions import Question


@dataclass(frozen=True, slots=True)
class ResourceCounts:
    """Rows of one resource. waited: failed at first, and went in when what they name came; not in failed."""

    resource: str
    considered: int
    inserted: int
    updated: int
    unchanged: int
    waited: int
    failed: int

    @property
    def stored(self) -> int:
        """Rows that were written."""
        return self.inserted + self.updated + self.waited


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause: what is at fault, how many things are, and how many rows fail for it.

    resource: what is missing or at fault. failures: by resource of the failing rows. file, line: the first.
    """

    code: str
    resource: str
    is_missing: bool
    causes: int
    failures: Mapping[str, int]
    words: str
    remedy: str
    file: str
    line: int | None
    path: str | None = None

    @property
    def rows(self) -> int:
        """Rows that fail for it."""
        return sum(self.failures.values())

    @property
    def sentence(self) -> str:
        """`12 missing schools cause 9,412 failures`."""
        what = f"missing {_spaced(self.resource)}" if self.is_missing else f"faulty {_spaced(self.resource)}"
        things = f"{self.causes:,} {what}{'' if self.causes == 1 else ' records'}"
        return f"{things} cause{'s' if self.causes == 1 else ''} {_count(self.rows, 'failure')}"


@dataclass(frozen=True, slots=True)
class WarningCount:
    """Warnings of one code and element: how often, and where first. The rows were read all the same."""

    code: str
    path: str | None
    words: str
    times: int
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load came to.

    batch: None when nothing was to be read. is_trial: nothing was kept. findings: faults of files, at most a
    thousand of them. earlier: rows of earlier loads that went in now, by resource. asks: why it waits for a person.
    """

    batch: int | None
    is_trial: bool
    is_resumed: bool
    files: int
    counts: tuple[ResourceCounts, ...]
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[WarningCount, ...]
    earlier: Mapping[str, int]
    seconds: float
    asks: tuple[Question, ...] = ()

    @property
    def considered(self) -> int:
        """Rows read."""
        return sum(c.considered for c in self.counts)

    @property
    def stored(self) -> int:
        """Rows written."""
        return sum(c.stored for c in self.counts)

    @property
    def unchanged(self) -> int:
        """Rows that say what is stored already."""
        return sum(c.unchanged for c in self.counts)

    @property
    def failed(self) -> int:
        """Rows that wait in quarantine."""
        return sum(c.failed for c in self.counts)


def render_json(report: LoadReport) -> str:
    """The report as JSON."""
    return msgspec.json.encode(report).decode()


def parse_report(text: str) -> LoadReport:
    """A report from its JSON."""
    return msgspec.json.decode(text, type=LoadReport)


def render_text(report: LoadReport) -> str:
    """The report as text for a terminal."""
    parts = (*_head(report), *_asks(report), *_table(report), *_causes(report), *_files(report))
    return "\n".join(parts) + "\n"


def _head(report: LoadReport) -> Iterator[str]:
    rate = f", {report.considered / report.seconds:,.0f} rows/s" if report.seconds > 0 else ""
    trial = "Trial, nothing is kept. " if report.is_trial else ""
    yield (
        f"{trial}{_count(report.considered, 'row')} in {_count(report.files, 'file')}, "
        f"{report.seconds:.1f} s{rate}."
    )
    if report.is_resumed:
        yield "An earlier load was broken off; this one went on from there. The counts are of both."
    yield (
        f"{report.stored:,} stored, {report.unchanged:,} unchanged, {report.failed:,} failed"
        + (f" (batch {report.batch})." if report.batch is not None else ".")
    )
    for resource, rows in report.earlier.items():
        yield f"{_count(rows, 'row')} of {resource} from earlier loads waited for this one and went in."


def _asks(report: LoadReport) -> Iterator[str]:
    if report.asks:
        yield ""
        yield "It waits for an answer:"
    for question in report.asks:
        yield f"- {question.words} {question.remedy} [{question.code}]"


def _table(report: LoadReport) -> Iterator[str]:
    if not report.counts:
        return
    wide = max(len("resource"), *(len(c.resource) for c in report.counts))
    titles = ("considered", "inserted", "updated", "unchanged", "waited", "failed")
    yield ""
    yield f"{'resource':{wide}}" + "".join(f"{title:>12}" for title in titles)
    for c in report.counts:
        figures = (c.considered, c.inserted, c.updated, c.unchanged, c.waited, c.failed)
        yield f"{c.resource:{wide}}" + "".join(f"{figure:>12,}" for figure in figures)


def _causes(report: LoadReport) -> Iterator[str]:
    if report.causes:
        yield ""
        yield "Why rows failed, by root cause:"
    for cause in report.causes:
        yield f"- {cause.sentence} ({', '.join(f'{n:,} {r}' for r, n in cause.failures.items())})."
        at = f"{cause.file}:{cause.line}" if cause.line else cause.file
        path = f" {cause.path}:" if cause.path else ""
        yield f"  First at {at}.{path} {cause.words} {cause.remedy}".rstrip()


def _files(report: LoadReport) -> Iterator[str]:
    if report.findings or report.warnings:
        yield ""
        yield "About the files:"
    for finding in report.findings:
        at = ":".join(str(p) for p in (finding.place.file, finding.place.line, finding.place.column) if p)
        yield f"- {at}: {finding.words} {finding.remedy} [{finding.code}]"
    for warning in report.warnings:
        at = f"{warning.file}:{warning.line}" if warning.line else f"{warning.file}"
        yield f"- {_count(warning.times, 'time')}, first at {at}: {warning.words} [{warning.code}]"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _spaced(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
