"""A database of any kind as a source: the rows of one query, read only and in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.sheet_rows import render_value
from homeroom.ingest.connectors.source import (
    Fetch,
    Fetched,
    SourceConnector,
    SourceSettings,
    Surroundings,
    check_settings,
    no_library,
    unreachable,
)
from homeroom.ingest.connectors.tables import Faults, Table, frame_of, name_columns

if TYPE_CHECKING:
    import polars
    from sqlalchemy import URL, Connection, CursorResult

CHUNK_ROWS: Final = 10_000
_READS: Final = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_WRITES: Final = re.compile(
    r"\b(insert|update|delete|merge|drop|alter|create|truncate|grant|exec|execute|call|copy|into)\b",
    re.IGNORECASE,
)
_SOCKETS: Final = frozenset({"host", "unix_sock", "unix_socket"})
_HARMLESS: Final = frozenset(
    {
        "sslmode",
        "sslrootcert",
        "charset",
        "driver",
        "Encrypt",
        "connect_timeout",
        "application_name",
        "port",
        "mode",
        "uri",
    }
)
_LITERALS: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class SqlSource:
    """Settings: `url` as SQLAlchemy writes it, `query`, `name` of the table; `since`: a column that only grows.

    With `since`, the query has the parameter `:since`, which is that column's value in the last row of the last
    visit ("" at the first), and is ordered by that column. Use an account that may only read: the query is checked,
    and run in a transaction that is read only where the database has such, and always rolled back.
    """

    kind: str = "sql"

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """One table with the rows of the query."""
        faulty = check_settings(settings, required=("url", "query", "name"), optional=("since",))
        faulty = faulty or _check_query(settings["query"])
        if faulty is not None:
            return faulty
        try:
            import sqlalchemy  # noqa: PLC0415 - an extra
        except ImportError:
            return no_library("sqlalchemy")
        try:
            url = sqlalchemy.make_url(settings["url"])
            refused = _check_place(url, surroundings)
            if refused is not None:
                return refused
            engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, hide_parameters=True)
        except (sqlalchemy.exc.ArgumentError, ImportError) as error:
            return _no_database(type(error).__name__)
        with ExitStack() as opened:
            try:
                connection = opened.enter_context(_read_only(engine.connect()))
                opened.callback(connection.rollback)
                result = connection.execute(
                    sqlalchemy.text(settings["query"]),
                    {"since": bookmark or ""} if "since" in settings else {},
                )
            except sqlalchemy.exc.SQLAlchemyError as error:
                return unreachable(f"the query failed ({type(error).__name__})")
            reader = _Reader(result, settings["name"], since=settings.get("since"), reached=bookmark or "")
            return Fetch(reader.tables(), lambda: reader.reached, opened.pop_all().close)


def _check_query(query: str) -> Finding | None:
    bare = _LITERALS.sub("''", query).strip().rstrip(";")
    if (
        _READS.match(bare)
        and not _WRITES.search(bare)
        and ";" not in bare
        and "--" not in bare
        and "/*" not in bare
    ):
        return None
    words = "The query is not one plain select."
    return Finding(
        "source.query", words, remedy="Write one select without comments; write it as a view if it is more."
    )


def _check_place(url: URL, surroundings: Surroundings) -> Finding | None:
    """A host must be on the operator's list; a file or socket of this machine counts as its own network.

    What an address says behind its question mark could lead a driver elsewhere: only what cannot is let through.
    """
    sockets = [str(value) for name, value in url.query.items() if name in _SOCKETS]
    if not url.query.keys() <= _SOCKETS | _HARMLESS or not all(
        path.startswith("/") and "," not in path for path in sockets
    ):
        words = "The database's address has parameters that are not let through."
        return Finding("source.settings", words, remedy=f"Use no others than {', '.join(sorted(_HARMLESS))}.")
    if url.host and not sockets:
        decided = surroundings.egress.decide(url.host, url.port or 0)
        return decided if isinstance(decided, Finding) else None
    if surroundings.egress.allows_private:
        return None
    words = "The database is a file or a socket of this machine, which the operator does not allow."
    return Finding("source.host_refused", words, remedy="Ask the operator to allow private addresses.")


def _read_only(connection: Connection) -> Connection:
    """With a cursor on the server's side, and read only where the database's driver can say so."""
    options: dict[str, object] = {"stream_results": True, "max_row_buffer": CHUNK_ROWS}
    if connection.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("pragma query_only = on")
        connection.rollback()
    return connection.execution_options(**options)


@dataclass(slots=True)
class _Reader:
    """reached: the `since` column of the last row, once all rows are read."""

    result: CursorResult[tuple[object, ...]]
    name: str
    since: str | None
    reached: str

    def tables(self) -> Iterator[Fetched]:
        columns = name_columns(tuple(self.result.keys()))
        if self.since is not None and self.since not in columns:
            words = "The query has no column of the name given as `since`."
            yield Finding("source.query", words, remedy="Add it to the query, or correct the name.")
            return
        faults = Faults()
        yield Table(self.name, columns, self._frames(columns, faults), faults, Dialect(form=CONNECTOR.kind))

    def _frames(self, columns: tuple[str, ...], faults: Faults) -> Iterator[polars.DataFrame]:
        import sqlalchemy  # noqa: PLC0415

        since = None if self.since is None else columns.index(self.since)
        line, last = 1, self.reached
        try:
            for chunk in self.result.partitions(CHUNK_ROWS):
                rows = [[_render(value) for value in row] for row in chunk]
                yield frame_of(columns, rows, range(line, line + len(rows)))
                line += len(rows)
                if since is not None and rows:
                    last = rows[-1][since] or last
        except sqlalchemy.exc.SQLAlchemyError as error:
            faults.add(unreachable(f"the rows broke off ({type(error).__name__})"))
            return
        self.reached = last


def _render(value: object) -> str | None:
    """A value as text; None and "" are both missing."""
    match value:
        case None | "":
            return None
        case str() | bool() | int() | float() | datetime() | date() | time() | timedelta():
            return render_value(value)
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _no_database(kind: str) -> Finding:
    words = f"The database's address cannot be used ({kind})."
    return Finding("source.settings", words, remedy="Write it as SQLAlchemy does, and install its driver.")


CONNECTOR: Final[SourceConnector] = SqlSource()
