"""JSON as tables, well written and hostile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.ingest.connectors.reading import ReadTable, on_disk, read_all, read_one, refused, source

from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.json_tables import MAX_DOCUMENT_BYTES

ADA = {
    "id": 1001,
    "name": {"first": "Ada", "last": "L"},
    "isEnrolled": True,
    "scores": [{"v": 4.50}],
    "note": None,
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([ADA, {"id": 1002}]),
        json.dumps([ADA, {"id": 1002}], indent=2),
        json.dumps({"count": 2, "students": [ADA, {"id": 1002}]}),
        json.dumps({"data": {"page": 1, "students": [ADA, {"id": 1002}]}}),
        json.dumps(ADA) + "\n" + json.dumps({"id": 1002}) + "\n",
    ],
)
def test_members_become_columns_with_dotted_names(content: str) -> None:
    table = read_one(content.encode(), "students.json")
    assert table.columns == ("id", "name.first", "name.last", "isEnrolled", "scores.1.v")
    assert table.rows == [("1001", "Ada", "L", "true", "4.5"), ("1002", None, None, None, None)]


def test_numbers_come_as_they_were_written() -> None:
    table = read_one(
        b'[{"a": 1.50, "b": 1e400, "c": 123456789012345678901234567890, "d": NaN, "e": -0}]', "a.json"
    )
    assert table.rows == [("1.50", "1e400", "123456789012345678901234567890", "NaN", "-0")]


def test_every_array_of_an_object_is_a_table_or_the_one_that_is_named() -> None:
    content = json.dumps({"students": [{"id": 1}], "meta": {"schools": [{"id": 7}, {"id": 8}]}}).encode()
    tables = read_all(source(content, "all.json"))
    assert [(table.name, len(table.rows)) for table in tables if isinstance(table, ReadTable)] == [
        ("students", 1),
        ("meta.schools", 2),
    ]
    assert read_one(content, "all.json", Dialect(records="meta.schools")).rows == [("7",), ("8",)]


def test_lines_tell_where_rows_are() -> None:
    assert read_one(b'{"id": 1}\n\n{"id": 2}\n', "a.jsonl").lines == [1, 3]
    assert read_one(b'[\n{"id": 1},\n\n{"id":\n2},\n{"id": 3}]', "a.json").lines == [2, 4, 6]


def test_a_bad_line_is_set_aside_and_the_rest_read() -> None:
    table = read_one(b'{"id": 1}\n{"id": \n{"id": 3} x\n{"id": 4}\n', "a.jsonl")
    assert [row[0] for row in table.rows] == ["1", "4"]
    assert table.codes == ["json.malformed", "json.malformed"]
    assert table.unread == {2: b'{"id": ', 3: b'{"id": 3} x'}


def test_an_array_that_is_cut_off_gives_what_stood_before() -> None:
    table = read_one(b'[{"id": 1}, {"id": 2}, {"id": ', "a.json")
    assert [row[0] for row in table.rows] == ["1", "2"]
    assert table.codes == ["json.malformed"]


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_does_no_harm(opening: bytes) -> None:
    assert refused(opening * 100_000, "deep.json").code in {"json.malformed", "table.unknown_form"}
    assert refused(b"[" + opening * 100_000, "deep.json").code in {"json.malformed", "table.unknown_form"}


def test_a_member_given_twice_is_told() -> None:
    table = read_one(b'[{"id": 1, "id": 2}]', "a.json")
    assert table.rows == [("2",)]
    assert table.codes == ["json.duplicate_member"]


def test_halves_of_surrogate_pairs_and_odd_characters_do_no_harm() -> None:
    table = read_one(rb'[{"a": "\ud800x", "b\udc00": "\u0000", "c": "\u202eabc"}]', "a.json")
    assert table.columns == ("a", "b?", "c")
    assert table.rows == [("?x", "\0", "\u202eabc")]


def test_an_array_of_many_blocks_is_read_whole() -> None:
    people = [{"id": n, "text": "é" * 300} for n in range(30_000)]
    content = json.dumps(people, ensure_ascii=False).encode()
    table = read_one(content, "a.json")
    assert len(content) > 8 << 20
    assert [row[0] for row in table.rows] == [str(n) for n in range(30_000)]


def test_objects_with_too_many_members_are_refused() -> None:
    content = json.dumps([{f"m{n}": n for n in range(6_000)}]).encode()
    assert refused(content, "a.json").code == "table.too_wide"


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.text("abc", min_size=1), st.text(st.characters(codec="utf-8"), min_size=1), min_size=1
        ),
        min_size=1,
    )
)
def test_texts_come_back_as_they_were(rows: list[dict[str, str]]) -> None:
    table = read_one(json.dumps(rows).encode(), "a.json")
    read = [{name: cell for name, cell in zip(table.columns, row, strict=True) if cell} for row in table.rows]
    assert read == rows


def test_a_vendors_expected_documents_read_as_lines_of_unknown_resource(samples: Path) -> None:
    path = next((samples / "assessments" / "IB" / "expected").rglob("studentAssessments.jsonl"))
    (table,) = read_all(on_disk(path))
    assert isinstance(table, ReadTable)
    assert len(table.rows) == len(path.read_text().splitlines())
    assert "studentReference.studentUniqueId" in table.columns


def test_one_object_too_large_to_hold_says_what_to_write_instead() -> None:
    finding = refused(b'{"a":\n"' + b"x" * MAX_DOCUMENT_BYTES + b'"}', "a.json")
    assert finding.code == "json.too_large"
    assert "JSON Lines" in finding.remedy
