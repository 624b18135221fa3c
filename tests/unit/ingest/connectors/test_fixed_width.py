"""Fixed-width files: their layouts as vendors publish them, lines of unequal length, giants among them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.unit.ingest.connectors.reading import ReadTable, on_disk, read_all, read_one, refused

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect, FixedField
from homeroom.ingest.connectors.fixed_layout import parse_layout

LAYOUT = (FixedField("id", 0, 4), FixedField("name", 4, 12), FixedField("score", 12, 16))
LINES = b"1001Ada      410\n1002Bo       395\n"


def test_fields_are_cut_at_their_places_without_what_fills_them_up() -> None:
    table = read_one(LINES, "pupils.txt", Dialect(layout=LAYOUT))
    assert table.rows == [("1001", "Ada", " 410"), ("1002", "Bo", " 395")]
    assert table.lines == [1, 2]
    assert table.dialect.form == "fixed"


def test_places_count_characters_and_not_bytes() -> None:
    table = read_one("1001Núñez    410\n".encode(), "pupils.txt", Dialect(layout=LAYOUT))
    assert table.rows == [("1001", "Núñez", " 410")]
    table = read_one("1001Núñez    410\n".encode("windows-1252"), "pupils.txt", Dialect(layout=LAYOUT))
    assert table.rows == [("1001", "Núñez", " 410")]


def test_lines_of_unequal_length_are_read_and_a_short_one_is_told() -> None:
    table = read_one(LINES + b"1003Cy\n1004Dee      401  more\n", "pupils.txt", Dialect(layout=LAYOUT))
    assert table.rows[2:] == [("1003", "Cy", None), ("1004", "Dee", " 401")]
    assert table.codes == ["table.line_short"]


def test_header_blank_lines_and_footer_are_no_rows() -> None:
    content = b"ID  NAME    SCOR\n" + LINES + b"\n\x1a\nEnd of file\n"
    table = read_one(content, "pupils.txt", Dialect(layout=LAYOUT, header_line=1))
    assert table.lines == [2, 3]
    assert table.codes == ["table.footer"]


def test_without_a_layout_each_line_is_kept_whole_and_told() -> None:
    lines = [f"{1000 + n}{'Ada':40}{n:04}" for n in range(5)]
    table = read_one("\r\n".join(lines).encode(), "pupils.txt")
    assert table.columns == ("line",)
    assert [row[0] for row in table.rows] == lines
    assert table.codes == ["table.no_layout"]


def test_a_giant_line_is_set_aside_and_the_rest_read() -> None:
    table = read_one(LINES + b"7" * (9 << 20) + b"\n" + LINES, "pupils.txt", Dialect(layout=LAYOUT))
    assert table.lines == [1, 2, 4, 5]
    assert table.codes == ["table.row_too_long"]


@pytest.mark.parametrize(
    "layout",
    [
        b"name,start,width\nid,1,4\nname,5,8\nscore,13,4\n",
        b"name,start,width\nid,0,4\nname,4,8\nscore,12,4\n",
        b"Field Name,Start,End\nid,1,4\nname,5,12\nscore,13,16\n",
        b"start_index,end_index,column_name\n0,4,id\n4,12,name\n12,16,score\n",
        b"start_index,end_index,field_length,field_name\n0,4,4,id\n4,12,8,name\n12,16,4,score\n",
    ],
)
def test_every_way_of_counting_gives_the_same_layout(layout: bytes) -> None:
    assert parse_layout(layout, file="layout.csv") == LAYOUT


@pytest.mark.parametrize(
    "layout",
    [b"", b"name,begin\nid,1\n", b"name,start,end\nid,one,4\n", b"name,start,end\nid,9,4\n", b"a,b\n1,2\n"],
)
def test_a_layout_that_cannot_be_used_says_so(layout: bytes) -> None:
    finding = parse_layout(layout, file="layout.csv")
    assert isinstance(finding, Finding)
    assert finding.code == "table.layout"


def test_a_field_without_width_refuses_the_file() -> None:
    assert refused(LINES, "pupils.txt", Dialect(layout=(FixedField("id", 4, 4),))).code == "table.layout"


def test_the_state_test_is_read_by_its_published_layout(samples: Path) -> None:
    folder = samples / "assessments" / "STAAR_Summative"
    layout_file = folder / "fwf_to_csv_xwalks" / "staar_summative_fwf_xwalk_2023.csv"
    layout = parse_layout(layout_file.read_bytes(), file=layout_file.name)
    assert not isinstance(layout, Finding)
    (table,) = read_all(on_disk(folder / "input" / "sample_anonymized_file.txt"), Dialect(layout=layout))
    assert isinstance(table, ReadTable)
    lines = (folder / "input" / "sample_anonymized_file.txt").read_text().splitlines()
    with layout_file.open() as listed:
        fields = list(csv.DictReader(listed))
    assert len(table.rows) == 10
    for row, line in zip(table.rows, lines, strict=True):
        for cell, field in zip(row, fields, strict=True):
            assert cell == (line[int(field["start_index"]) : int(field["end_index"])].rstrip() or None)


def test_the_ability_test_with_its_mark_is_read_by_its_layout(samples: Path) -> None:
    folder = samples / "assessments" / "CogAT"
    layout_file = folder / "fwf_to_csv_xwalks" / "cogat_fwf_xwalk.csv"
    layout = parse_layout(layout_file.read_bytes(), file=layout_file.name)
    assert not isinstance(layout, Finding)
    (table,) = read_all(on_disk(folder / "input" / "sample_anonymized_file.txt"), Dialect(layout=layout))
    assert isinstance(table, ReadTable)
    assert len(table.rows) == 5
    assert table.columns[:2] == ("Order_Number", "Test")
    assert not str(table.rows[0][0]).startswith("\ufeff")


def test_a_vendor_file_written_at_fixed_width_reads_as_its_csv(samples: Path, tmp_path: Path) -> None:
    path = samples / "assessments" / "IB" / "input" / "sample_anonymized_file.csv"
    (as_csv,) = read_all(on_disk(path))
    assert isinstance(as_csv, ReadTable)
    columns = list(zip(*as_csv.rows, strict=True))
    widths = [max(len(cell or "") for cell in column) + 1 for column in columns]
    starts = [sum(widths[:n]) for n in range(len(widths))]
    lines = [
        "".join((cell or "").ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in as_csv.rows
    ]
    layout = tuple(
        FixedField(name, start, start + width)
        for name, start, width in zip(as_csv.columns, starts, widths, strict=True)
    )
    table = read_one("\r\n".join(line.rstrip() for line in lines).encode(), "ib.txt", Dialect(layout=layout))
    trimmed = [tuple((cell or "").rstrip() or None for cell in row) for row in as_csv.rows]
    assert table.rows == trimmed
