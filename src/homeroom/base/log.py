"""A log that cannot hold a personal value by accident: known keys, short plain values, one JSON line each.

Words are events (`load.chunk_committed`), never sentences; what belongs to them are facts from a closed
list. A new fact is added to LogFacts, where a reviewer sees it.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO, TypedDict, Unpack

from homeroom.base.clock import Clock


class LogFacts(TypedDict, total=False):
    """Everything a log line may say besides its time, level and event.

    Texts are codes and names that we made, not values from a record: letters, digits and `_ . : / - + { }`.
    route is the template (`/data/v3/ed-fi/students/{id}`), never the address that was asked for.
    """

    account: str
    attempt: int
    batch: int
    bytes: int
    client: str
    code: str
    connections: int
    correlation_id: str
    count: int
    database: str
    district: str
    error_at: str
    error_kind: str
    failed: int
    host: str
    job: str
    may_retry: bool
    method: str
    milliseconds: float
    pid: int
    port: int
    resource: str
    route: str
    rows: int
    seconds: float
    source: str
    stage: str
    status: int
    version: str
    worker: int
    workers: int


class Level(StrEnum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogRefusedError(ValueError):
    """A line was not written: its event, a key or a value is not one the log accepts.

    The message names the key and never the value.
    """


# No blanks, `@`, `?`, `=` or quotes: a sentence, an e-mail address or a query string does not fit.
_TEXT = re.compile(r"[A-Za-z0-9_.:/{}+-]{0,200}")
_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_MOST_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Log:
    """Writes events to a stream, standard error in service."""

    stream: TextIO
    clock: Clock

    def info(self, event: str, **facts: Unpack[LogFacts]) -> None:
        """Say that something normal happened."""
        self._write(Level.INFO, event, facts)

    def warning(self, event: str, **facts: Unpack[LogFacts]) -> None:
        """Say that something needs a look, though the work went on."""
        self._write(Level.WARNING, event, facts)

    def error(self, event: str, **facts: Unpack[LogFacts]) -> None:
        """Say that something could not be done."""
        self._write(Level.ERROR, event, facts)

    def fault(self, event: str, error: BaseException, **facts: Unpack[LogFacts]) -> None:
        """Say that something failed with an exception.

        Its class and place are written, not its words: they may quote data.
        """
        facts["error_kind"] = _plain(type(error).__name__)
        facts["error_at"] = _place_of(error)
        self._write(Level.ERROR, event, facts)

    def _write(self, level: Level, event: str, facts: LogFacts) -> None:
        if not _EVENT.fullmatch(event):
            raise LogRefusedError("an event is lower-case words joined by dots and underscores")
        line: dict[str, object] = {"at": self.clock.now().isoformat(timespec="milliseconds")}
        line |= {"level": level.value, "event": event}
        for key, value in facts.items():
            check_fact(key, value)
            line[key] = value
        self.stream.write(json.dumps(line) + "\n")
        self.stream.flush()


def check_fact(key: str, value: object) -> None:
    """Accept a fact or raise LogRefusedError.

    The log must know the key, and the value must be a number, a flag or a short text of plain characters.
    """
    if key not in LogFacts.__annotations__:
        raise LogRefusedError(f"the log does not know the key {key!r}; LogFacts lists what it may say")
    if isinstance(value, str):
        if not _TEXT.fullmatch(value):
            raise LogRefusedError(f"the text under {key!r} is not a plain code or name")
    elif not isinstance(value, bool | int | float):
        raise LogRefusedError(f"the value under {key!r} is neither a number, a flag nor a text")


class LibraryLogHandler(logging.Handler):
    """Passes on that a library logged something, without its words: they may quote a statement or a value."""

    def __init__(self, log: Log) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    def emit(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self, record: logging.LogRecord
    ) -> None:
        """Write the library's name, the place in its code and the class of its exception, if there is one."""
        facts: LogFacts = {
            "source": _plain(record.name),
            "error_at": _plain(f"{Path(record.pathname).name}:{record.lineno}"),
        }
        if record.exc_info and record.exc_info[0]:
            facts["error_kind"] = _plain(record.exc_info[0].__name__)
        write = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        write("library.message", **facts)


def _place_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return _plain("/".join(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.:/{}+-]", "-", text)[:200]
