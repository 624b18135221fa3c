"""What a source is: somewhere files or rows are fetched from, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Protocol, Self, TypeAlias, runtime_checkable

from homeroom.base.clock import Clock, SystemClock
from homeroom.base.findings import Finding
from homeroom.ingest.connectors.connector import installed
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.tables import Table
from homeroom.ingest.reading.plan import SourceFile

SourceSettings: TypeAlias = Mapping[str, str]
"""What the district says of a source, secrets already put in; never logged, never part of a finding."""

Fetched: TypeAlias = SourceFile | Table | Finding


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a source may use of the machine.

    egress: which hosts may be reached. spool: an own empty folder for what is fetched, kept by the caller until the
    files are loaded. wait: sleeps some seconds, between one try and the next.
    """

    egress: Egress
    spool: Path
    clock: Clock = field(default_factory=SystemClock)
    wait: Callable[[float], None] = sleep


@dataclass(frozen=True, slots=True)
class Fetch:
    """One visit to a source.

    items: read to the end; a Finding that is an error says that something is missing. bookmark: where the next
    visit begins, to be asked for after the items and stored once they are loaded.
    """

    items: Iterator[Fetched]
    bookmark: Callable[[], str]
    close: Callable[[], None] = field(default=lambda: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@runtime_checkable
class SourceConnector(Protocol):
    """Fetches from one kind of source. It is called in a thread of its own, not in an event loop's."""

    @property
    def kind(self) -> str:
        """Its name, as a district's settings say it."""

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """A visit that goes on from a bookmark, from the beginning when it is None; or why there can be none."""


def source_connectors() -> Mapping[str, SourceConnector]:
    """Every kind of source that is installed, by its name."""
    return {each.kind: each for each in installed() if isinstance(each, SourceConnector)}


def check_settings(
    settings: SourceSettings, *, required: Sequence[str], optional: Sequence[str]
) -> Finding | None:
    """What is wrong with the names of settings; their values never come into the words."""
    missing = [name for name in required if not settings.get(name)]
    unknown = [name for name in settings if name not in {*required, *optional}]
    if not missing and not unknown:
        return None
    parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(
        unknown
    )
    return Finding(
        "source.settings",
        f"The source's settings are not complete ({'; '.join(parts)}).",
        remedy="Correct them.",
    )


def no_library(package: str) -> Finding:
    """A library that this kind of source needs is not installed."""
    words = f"This kind of source needs the library {package}, which is not installed."
    return Finding("source.no_library", words, remedy="Install Homeroom with its extra: homeroom[sources].")


def unreachable(what: str) -> Finding:
    """The other side did not answer, or not as it should; the visit can be repeated."""
    return Finding(
        "source.unreachable",
        f"The source could not be read: {what}.",
        remedy="Check it, and try again later.",
    )
