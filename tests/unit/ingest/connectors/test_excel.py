"""Spreadsheets as people make them, and as nobody should."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from tests.unit.ingest.connectors.reading import ReadTable, on_disk, read_all, read_one, refused, source
from tests.unit.ingest.connectors.workbooks import ods, xlsx

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.tables import Unreadable

HEADER = ["StudentID", "Name", "BirthDate", "Score"]
ROWS = [[1001, "Ada", date(2012, 1, 31), 4.5], [1002, "Bo", date(2013, 2, 28), 410]]
READ = [("1001", "Ada", "2012-01-31", "4.5"), ("1002", "Bo", "2013-02-28", "410")]


@pytest.mark.parametrize("make", [xlsx, ods])
def test_cells_become_text_with_whole_numbers_and_iso_dates(make: object) -> None:
    assert callable(make)
    table = read_one(make({"Pupils": [HEADER, *ROWS]}), "pupils.bin")
    assert table.name == "Pupils"
    assert table.columns == tuple(HEADER)
    assert table.rows == READ
    assert table.lines == [2, 3]


def test_the_old_format_is_read_too() -> None:
    (table,) = read_all(on_disk(Path(__file__).with_name("pupils.xls")))
    assert isinstance(table, ReadTable)
    assert table.columns == tuple(HEADER)
    assert table.rows == READ
    assert table.skipped == ("Grand Bend ISD",)
    assert table.lines == [4, 5]


def test_every_kind_of_value_has_its_text() -> None:
    row = [True, 1e20, 0.1, -3.0, datetime(2026, 1, 31, 8, 15), " as typed "]  # noqa: DTZ001
    table = read_one(xlsx({"A": [list("abcdef"), row]}), "a.xlsx", Dialect(header_line=1))
    assert table.rows == [("TRUE", "1e+20", "0.1", "-3", "2026-01-31T08:15:00", " as typed ")]


def test_each_shown_sheet_is_a_table_and_a_hidden_one_is_told() -> None:
    content = xlsx(
        {
            "Pupils": [HEADER, *ROWS],
            "Blank": [],
            "Codes": [["Code", "Words"], ["P", "Present"]],
            "Old": [HEADER],
        },
        hidden=["Old"],
    )
    tables = read_all(source(content, "pupils.xlsx"))
    assert [table.name for table in tables if isinstance(table, ReadTable)] == ["Pupils", "Codes"]
    assert [finding.code for finding in tables if not isinstance(finding, ReadTable)] == [
        "table.sheet_hidden"
    ]


def test_a_spec_may_name_its_sheet_even_a_hidden_one() -> None:
    content = xlsx({"Pupils": [HEADER, *ROWS], "Old": [HEADER, *ROWS]}, hidden=["Old"])
    table = read_one(content, "pupils.xlsx", Dialect(sheets=("Old",)))
    assert table.name == "Old"
    assert refused(content, "pupils.xlsx", Dialect(sheets=("New",))).code == "table.no_sheet"


def test_a_title_above_and_a_total_below_are_no_rows() -> None:
    rows = [
        ["Scores of Grand Bend"],
        [None],
        HEADER,
        *ROWS,
        ["Total", None, None, 414.5],
        ["Printed on 2026-02-01"],
    ]
    table = read_one(xlsx({"A": rows}, merged=["A1:D1"]), "a.xlsx")
    assert table.columns == tuple(HEADER)
    assert table.rows == READ
    assert table.codes == ["table.footer", "table.footer"]
    assert table.skipped == ("Scores of Grand Bend",)


def test_merged_group_titles_stand_over_their_columns_and_merged_cells_in_each_row() -> None:
    rows = [
        [None, None, "Math", None, "Reading", None],
        ["School", "Pupil", "Score", "Level", "Score", "Level"],
        ["North", "Ada", 410, 3, 398, 2],
        [None, "Bo", 400, 3, 399, 2],
        ["South", "Cy", 401, 2, 390, 1],
    ]
    table = read_one(xlsx({"A": rows}, merged=["C1:D1", "E1:F1", "A3:A4"]), "a.xlsx")
    assert table.columns == ("School", "Pupil", "Math Score", "Math Level", "Reading Score", "Reading Level")
    assert [row[0] for row in table.rows] == ["North", "North", "South"]


def test_a_formula_gives_its_last_value_and_is_never_run() -> None:
    table = read_one(
        xlsx({"A": [["Name", "Link"], ["Ada", '=HYPERLINK("http://x")→click'], ["Bo", "x"]]}), "a.xlsx"
    )
    assert table.rows == [("Ada", "click"), ("Bo", "x")]


def test_external_links_and_macros_are_not_looked_at() -> None:
    more = {
        "xl/vbaProject.bin": "Auto_Open",
        "xl/externalLinks/externalLink1.xml": '<externalLink xmlns:r="x"><externalBook r:id="rId1"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships><Relationship Id="rId1" '
        'Target="http://192.0.2.1/x.xlsx" TargetMode="External"/></Relationships>',
    }
    assert read_one(xlsx({"A": [HEADER, *ROWS]}, more=more), "a.xlsm").rows == READ


def test_a_cell_far_outside_is_refused_before_room_is_made_for_it() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    finding = refused(xlsx({"A": []}, raw_rows=far), "a.xlsx")
    assert finding.code == "table.workbook_too_large"
    unplaced = '<row r="1000000">' + "<c><v>1</v></c>" * 30 + "</row>"
    assert refused(xlsx({"A": []}, raw_rows=unplaced), "a.xlsx").code == "table.workbook_too_large"
    repeated = (
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000"/>'
        "</table:table-row>"
    )
    assert refused(ods({"A": []}, raw_rows=repeated), "a.ods").code == "table.workbook_too_large"


def test_formatted_cells_without_content_take_no_room() -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Name</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>Ada</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    assert read_one(xlsx({"A": []}, raw_rows=rows), "a.xlsx").rows == [("1", "Ada")]


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    finding = refused(xlsx({"A": []}, raw_rows="<row/>" * 4_000_000), "a.xlsx")
    assert finding.code == "package.bomb"


@pytest.mark.parametrize(
    "content", [xlsx({"A": [HEADER]})[:-60], bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600]
)
def test_a_damaged_workbook_says_so(content: bytes) -> None:
    assert refused(content, "a.xlsx").code in {"table.workbook", "package.not_a_zip", "package.corrupt"}


def test_a_locked_workbook_says_so() -> None:
    (finding,) = read_all(on_disk(Path(__file__).with_name("locked.xlsx")))
    assert isinstance(finding, Finding)
    assert finding.code == "table.locked"


def test_a_binary_workbook_says_what_to_save_it_as() -> None:
    finding = refused(xlsx({"A": [HEADER]}, more={"xl/workbook.bin": "x"}), "a.xlsb")
    assert finding.code == "table.workbook"
    assert ".xlsx" in finding.remedy


def test_text_in_front_of_a_number_keeps_its_zeros() -> None:
    table = read_one(xlsx({"A": [["ID", "Name"], ["00123", "Ada"], ["00456", "Bo"]]}), "a.xlsx")
    assert [row[0] for row in table.rows] == ["00123", "00456"]


@pytest.mark.parametrize("make", [xlsx, ods])
def test_vendor_files_read_the_same_as_workbooks(make: object, samples: Path) -> None:
    assert callable(make)
    for vendor in ("IB", "i-Ready", "Fountas_and_Pinnell", "MAP_Growth", "KRA"):
        for path in sorted((samples / "assessments" / vendor / "input").glob("*.csv")):
            (as_csv,) = read_all(on_disk(path))
            assert isinstance(as_csv, ReadTable)
            table = read_one(make({"Export": [as_csv.columns, *as_csv.rows]}), path.stem)
            assert table.columns == as_csv.columns
            assert table.rows == as_csv.rows
            assert not any(isinstance(fault, Unreadable) for fault in table.faults)
