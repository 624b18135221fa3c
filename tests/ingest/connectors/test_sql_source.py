"""The rows of a query, read only, from a file and from a real server."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.source import Surroundings
from tests.conftest import FreshDatabase
from tests.ingest.connectors.visits import made, refusal, visit

QUERY = "select id, name, born_on, score from pupil where id > cast(:since as integer) order by id"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "sis.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table pupil (id integer, name text, born_on date, score real)")
        connection.executemany(
            "insert into pupil values (?, ?, ?, ?)",
            [(1, "Ada", "2012-01-31", 4.5), (2, "Bo", None, 410.0), (3, "", "2013-02-28", None)],
        )
    connection.close()
    return f"sqlite:///{path}"


def test_rows_come_as_text(sqlite_url: str, nearby: Surroundings) -> None:
    came = made(
        "sql", {"url": sqlite_url, "query": "select * from pupil order by id", "name": "pupils"}, nearby
    )
    assert came.tables["pupils"] == [
        {"id": "1", "name": "Ada", "born_on": "2012-01-31", "score": "4.5"},
        {"id": "2", "name": "Bo", "born_on": None, "score": "410"},
        {"id": "3", "name": None, "born_on": "2013-02-28", "score": None},
    ]


def test_the_next_visit_asks_for_what_is_new(sqlite_url: str, nearby: Surroundings, tmp_path: Path) -> None:
    settings = {"url": sqlite_url, "query": QUERY, "name": "p", "since": "id"}
    first = made("sql", settings, nearby)
    with sqlite3.connect(tmp_path / "sis.db") as connection:
        connection.execute("insert into pupil values (4, 'Cy', null, null)")
    connection.close()
    second = made("sql", settings, nearby, first.bookmark)
    third = made("sql", settings, nearby, second.bookmark)
    assert [row["id"] for row in first.tables["p"]] == ["1", "2", "3"]
    assert [row["id"] for row in second.tables["p"]] == ["4"]
    assert third.tables["p"] == []
    assert third.bookmark == "4"


async def test_a_server_is_read_in_chunks_and_only_read(
    fresh_database: FreshDatabase, nearby: Surroundings
) -> None:
    pytest.importorskip("psycopg", reason="reading PostgreSQL as a source needs its driver")
    dsn = await fresh_database("template1")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "create table pupil as select n as id, 'Ada ' || n as name, date '2012-01-31' as born_on, "
        "n / 4.0 as score from generate_series(1, 25000) n"
    )
    await connection.execute(
        "create function grow() returns int language sql as 'insert into pupil values (0); select 1'"
    )
    url = dsn.replace("postgresql://", "postgresql+psycopg://")
    settings = {
        "url": url,
        "query": "select id, name, born_on, score from pupil order by id",
        "name": "pupils",
    }
    came = made("sql", settings, nearby)
    assert len(came.tables["pupils"]) == 25_000
    assert came.tables["pupils"][-1] == {
        "id": "25000", "name": "Ada 25000", "born_on": "2012-01-31", "score": "6250.0000000000000000",
    }  # fmt: skip
    refused = visit("sql", {**settings, "query": "select grow()"}, nearby)
    assert "source.unreachable" in str(refused)
    assert await connection.fetchval("select count(*) from pupil") == 25_000
    await connection.close()


@pytest.mark.parametrize(
    "query",
    [
        "delete from pupil",
        "select 1; delete from pupil",
        "with x as (delete from pupil returning *) select * from x",
        "select * into copy from pupil",
        "select 1 -- ",
        "select 1 /* x */",
        "pragma writable_schema = 1",
        "",
    ],
)
def test_what_is_not_one_plain_select_is_refused(query: str, sqlite_url: str, nearby: Surroundings) -> None:
    finding = refusal("sql", {"url": sqlite_url, "query": query, "name": "p"}, nearby)
    assert finding.code in {"source.query", "source.settings"}


def test_words_within_texts_are_no_statements(sqlite_url: str, nearby: Surroundings) -> None:
    query = "select id, 'drop; --' as note from pupil where name <> 'delete' order by id"
    came = made("sql", {"url": sqlite_url, "query": query, "name": "p"}, nearby)
    assert came.tables["p"][0]["note"] == "drop; --"


def test_hosts_and_files_need_the_operators_word(sqlite_url: str, nearby: Surroundings) -> None:
    strict = replace(nearby, egress=Egress(frozenset({"sis.example.org"})))
    settings = {"query": "select 1 as a", "name": "p"}
    assert refusal("sql", {**settings, "url": sqlite_url}, strict).code == "source.host_refused"
    assert (
        refusal("sql", {**settings, "url": "postgresql+psycopg://u:p@10.0.0.1/d"}, strict).code
        == "source.host_refused"
    )


@pytest.mark.parametrize(
    "parameter", ["host=10.0.0.1", "hostaddr=10.0.0.1", "service=x", "host=/tmp,10.0.0.1"]
)
def test_an_address_cannot_lead_elsewhere_by_its_parameters(parameter: str, nearby: Surroundings) -> None:
    url = f"postgresql+psycopg://u:p@127.0.0.1/d?{parameter}"
    assert refusal("sql", {"url": url, "query": "select 1", "name": "p"}, nearby).code == "source.settings"


def test_an_address_that_cannot_be_used_is_not_repeated(nearby: Surroundings) -> None:
    for url in ("nonsense", "oracle+nodriver://u:hidden@127.0.0.1:1/d"):
        finding = refusal("sql", {"url": url, "query": "select 1", "name": "p"}, nearby)
        assert finding.code == "source.settings"
        assert "hidden" not in str(finding)
