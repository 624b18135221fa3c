"""Plain XML as tables; document types and entities are never read."""

from __future__ import annotations

import pytest
from tests.unit.ingest.connectors.reading import ReadTable, read_all, read_one, refused, source

from homeroom.ingest.connectors.dialect import Dialect

PUPILS = b"""<?xml version="1.0"?>
<export xmlns="urn:vendor">
  <pupil id="1001"><name><first>Ada</first></name><phone>1</phone><phone>2</phone></pupil>
  <pupil id="1002"><name><first> Bo </first></name></pupil>
</export>"""


def test_repeated_elements_are_rows() -> None:
    table = read_one(PUPILS, "pupils.xml")
    assert table.name == "pupil"
    assert table.columns == ("@id", "name.first", "phone", "phone.2")
    assert table.rows == [("1001", "Ada", "1", "2"), ("1002", " Bo ", None, None)]
    assert table.lines == [3, 4]


def test_a_wrapper_holds_rows_and_a_spec_may_name_them() -> None:
    content = b"<all><pupils><pupil><id>1</id></pupil><pupil><id>2</id></pupil></pupils></all>"
    assert [row[0] for row in read_one(content, "a.xml").rows] == ["1", "2"]
    deep = b"<all><x><y><p><id>1</id></p></y><y><p><id>2</id></p></y></x></all>"
    assert [row[0] for row in read_one(deep, "a.xml", Dialect(records="p")).rows] == ["1", "2"]


def test_each_kind_of_element_is_a_table() -> None:
    tables = read_all(source(b"<all><a><i>1</i></a><b><j>2</j></b><a><i>3</i></a></all>", "a.xml"))
    assert [(table.name, len(table.rows)) for table in tables if isinstance(table, ReadTable)] == [
        ("a", 2),
        ("b", 1),
    ]


def test_a_file_that_ends_early_gives_what_stood_before_and_says_so() -> None:
    table = read_one(PUPILS[:-40], "pupils.xml")
    assert [row[0] for row in table.rows] == ["1001"]
    assert table.codes == ["xml.malformed"]


@pytest.mark.parametrize(
    ("prolog", "code"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', "xml.doctype"),
        (b'<!DOCTYPE r SYSTEM "file:///etc/passwd">', "xml.doctype"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "http://192.0.2.1/">]>', "xml.doctype"),
    ],
)
def test_document_types_are_refused(prolog: bytes, code: str) -> None:
    assert refused(b'<?xml version="1.0"?>' + prolog + b"<r><p>&x;</p></r>", "a.xml").code == code


def test_depth_does_no_harm() -> None:
    assert refused(b"<r>" + b"<a>" * 100_000, "a.xml").code == "xml.malformed"
