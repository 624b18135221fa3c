"""Delimited files as vendors' programs write them, with all that goes wrong in them."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path

import pytest
from tests.unit.ingest.connectors.reading import ReadTable, on_disk, read_all, read_one, refused

from homeroom.ingest.connectors.csv_rows import MAX_CELL_CHARACTERS, MAX_ROW_BYTES
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.tables import KEPT_BYTES, Table, Tables, Unreadable, name_columns

HEADER = b"StudentID,Name,Score\n"
ROWS = b"1001,Ada,410\n1002,Bo,395\n1003,Cy,402\n"


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        ("Núñez".encode(), "utf-8"),
        ("Núñez".encode("utf-8-sig"), "utf-8"),
        ("Núñez “B”".encode("windows-1252"), "windows-1252"),
        ("Núñez".encode("windows-1252"), "windows-1252"),
    ],
)
def test_the_encoding_is_told_and_names_come_out_right(encoded: bytes, encoding: str) -> None:
    bom, name = (encoded[:3], encoded[3:]) if encoded.startswith(b"\xef\xbb\xbf") else (b"", encoded)
    table = read_one(bom + HEADER + b"1001," + name + b",410\n")
    assert table.dialect.encoding == encoding
    assert table.columns == ("StudentID", "Name", "Score")
    assert str(table.rows[0][1]).startswith("Núñez")


def test_bytes_that_windows_does_not_define_are_latin_1() -> None:
    table = read_one(HEADER + b"1001,N\xfa\xf1ez \x81,410\n")
    assert table.dialect.encoding == "iso-8859-1"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_its_mark(encoding: str) -> None:
    table = read_one((HEADER + ROWS).decode().encode(encoding))
    assert table.columns == ("StudentID", "Name", "Score")
    assert table.rows[2] == ("1003", "Cy", "402")


def test_utf_32_is_refused_with_a_remedy() -> None:
    finding = refused("a,b\n1,2\n".encode("utf-32"), "pupils.csv")
    assert finding.code == "table.encoding"
    assert "UTF-8" in finding.remedy


def test_a_line_in_another_encoding_than_the_rest_is_read_and_told() -> None:
    start = HEADER + b"".join(b"%d,Zoe \xc3\xab,400\n" % n for n in range(30_000))
    table = read_one(start + b"99999,N\xfa\xf1ez,410\n")
    assert table.rows[-1] == ("99999", "Núñez", "410")
    assert table.codes == ["table.encoding_mixed"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_one(end: bytes) -> None:
    table = read_one((HEADER + ROWS).replace(b"\n", end))
    assert table.rows == [("1001", "Ada", "410"), ("1002", "Bo", "395"), ("1003", "Cy", "402")]
    assert table.lines == [2, 3, 4]


def test_line_ends_may_be_mixed() -> None:
    table = read_one(b"StudentID,Name,Score\r\n1001,Ada,410\r1002,Bo,395\n1003,Cy,402")
    assert [row[0] for row in table.rows] == ["1001", "1002", "1003"]
    assert table.lines == [2, 3, 4]


def test_a_line_break_within_quotes_belongs_to_its_cell_and_counts_as_a_line() -> None:
    table = read_one(HEADER + b'1001,"Ada\nM.",410\n1002,Bo,395\n')
    assert table.rows == [("1001", "Ada\nM.", "410"), ("1002", "Bo", "395")]
    assert table.lines == [2, 4]


def test_cells_come_untrimmed_and_empty_ones_as_missing() -> None:
    table = read_one(HEADER + b' 1001 ,"",\n1002, ,3\n')
    assert table.rows == [(" 1001 ", None, None), ("1002", " ", "3")]


def test_repeated_and_blank_headers_get_names_of_their_own() -> None:
    table = read_one(b"Score,Score, ,Score,\n1,2,3,4,5\n6,7,8,9,0\n", hint=Dialect(header_line=1))
    assert table.columns == ("Score", "Score__2", "column_3", "Score__3", "column_5")


def test_no_two_columns_ever_share_a_name() -> None:
    names = name_columns(["a", "a", "a__2", "a", "", "column_5", "__line", None])
    assert len(set(names)) == len(names) == 8
    assert "__line" not in names


def test_a_short_row_is_filled_up_and_told() -> None:
    table = read_one(HEADER + b"1001,Ada\n1002,Bo,\n1003,Cy,402\n")
    assert table.rows[0] == ("1001", "Ada", None)
    assert table.codes == ["table.row_short"]


def test_a_short_row_is_set_aside_where_its_last_columns_are_always_filled() -> None:
    table = read_one(HEADER + ROWS + b"1001,410\n" + ROWS)
    assert len(table.rows) == 6
    assert table.codes == ["table.row_lacks_cells"]
    assert table.unread == {5: b"1001,410\n"}


def test_a_spec_may_say_that_short_rows_are_filled_up() -> None:
    table = read_one(HEADER + ROWS + b"1004,Dee\n", hint=Dialect(fills_short_rows=True))
    assert table.rows[-1] == ("1004", "Dee", None)


def test_a_long_row_is_set_aside_as_it_came() -> None:
    table = read_one(HEADER + b"1001,Lovelace, Ada,410\n1002,Bo,395\n")
    assert table.rows == [("1002", "Bo", "395")]
    assert table.codes == ["table.row_long"]
    assert table.unread == {2: b"1001,Lovelace, Ada,410\n"}


def test_delimiters_behind_the_last_cell_are_no_cells() -> None:
    table = read_one(HEADER + b"1001,Ada,410,,\n" + ROWS)
    assert table.rows[0] == ("1001", "Ada", "410")
    assert table.faults == []


def test_a_row_that_an_unquoted_line_break_cut_in_two_is_set_aside_whole() -> None:
    table = read_one(HEADER + b"1001,Ada\nLovelace,410\n1002,Bo,395\n")
    assert table.rows == [("1002", "Bo", "395")]
    assert table.codes == ["table.row_broken", "table.row_broken"]


def test_an_undoubled_quote_is_taken_for_text_when_all_cells_are_there() -> None:
    table = read_one(HEADER + b'1001,"Ada "Countess" L",410\n1002,5\'2" Bo,395\n')
    assert table.rows == [("1001", 'Ada "Countess" L', "410"), ("1002", "5'2\" Bo", "395")]
    assert table.codes == ["table.stray_quote"]


def test_a_quote_that_leaves_the_cells_in_doubt_costs_its_line_and_what_belongs_to_it() -> None:
    table = read_one(HEADER + b'1001,"Ada "Countess",\nof Lovelace",410\n1002,Bo,395\n')
    assert table.rows == [("1002", "Bo", "395")]
    assert table.codes == ["table.quote", "table.row_broken"]


def test_a_quote_that_is_never_closed_costs_its_line_alone() -> None:
    rows = b"".join(b"%d,Bo,395\n" % n for n in range(200_000))
    table = read_one(HEADER + b'1001,"Ada,x,410\n' + rows)
    assert table.codes == ["table.quote_open"]
    assert table.unread == {2: b'1001,"Ada,x,410\n'}
    assert len(table.rows) == 200_000


def test_preamble_lines_are_skipped_and_kept() -> None:
    table = read_one(b"Grand Bend ISD\nScores as of 2026-01-31\n\n" + HEADER + ROWS)
    assert table.columns == ("StudentID", "Name", "Score")
    assert table.skipped == ("Grand Bend ISD", "Scores as of 2026-01-31")
    assert table.dialect.header_line == 4
    assert table.lines == [5, 6, 7]


def test_header_lines_are_joined_and_a_group_stands_over_its_columns() -> None:
    table = read_one(
        b",,Math,,Reading,\nID,Name,Score,Level,Score,Level\n1,Ada,410,3,398,2\n2,Bo,400,3,399,2\n"
    )
    assert table.columns == ("ID", "Name", "Math Score", "Math Level", "Reading Score", "Reading Level")
    assert table.dialect.header_lines == 2
    assert len(table.rows) == 2


def test_a_file_without_header_loses_no_row() -> None:
    table = read_one(b"1001,Ada,410\n1002,Bo,395\n")
    assert table.dialect.header_line == 0
    assert table.columns == ("column_1", "column_2", "column_3")
    assert len(table.rows) == 2


def test_a_first_row_whose_codes_are_made_like_those_below_is_no_header() -> None:
    table = read_one(b"S-2001,Mayfield,Ada\nS-2002,Novak,Bo\nS-2003,Reyes,Una\nS-2004,Dahl,Kim\n")
    assert table.dialect.header_line == 0
    assert len(table.rows) == 4


def test_days_as_headers_are_headers() -> None:
    table = read_one(b"Student,1,2,3,4\n1001,P,A,P,P\n1002,P,P,P,P\n")
    assert table.columns == ("Student", "1", "2", "3", "4")


@pytest.mark.parametrize(
    "footer", [b"Total,,1207\n", b"End of report\n", b"3 rows\n", b"\n-----\nGenerated on 2026-02-01\n"]
)
def test_a_footer_is_no_row_and_is_not_lost(footer: bytes) -> None:
    table = read_one(HEADER + ROWS + footer)
    assert len(table.rows) == 3
    assert set(table.codes) == {"table.footer"}
    assert b"".join(table.unread.values()) == footer.lstrip(b"\n")


def test_a_footer_is_a_row_where_the_spec_says_so() -> None:
    table = read_one(HEADER + ROWS + b"Total,,1207\n", hint=Dialect(skips_footer=False))
    assert table.rows[-1] == ("Total", None, "1207")


def test_a_pupil_named_total_within_the_file_is_a_row() -> None:
    table = read_one(HEADER + b"1001,Total,410\n" + ROWS)
    assert len(table.rows) == 4


def test_a_header_that_is_repeated_within_is_left_out_and_told() -> None:
    table = read_one(HEADER + ROWS + HEADER + ROWS)
    assert len(table.rows) == 6
    assert table.codes == ["table.header_repeated"]


def test_blank_lines_are_no_rows() -> None:
    table = read_one(b"\n" + HEADER + b"\n\n" + ROWS + b",,\n\n")
    assert table.lines == [5, 6, 7]
    assert table.faults == []


def test_nul_characters_are_left_out_and_told() -> None:
    table = read_one(HEADER + b"1001,A\0da,410\n" + ROWS)
    assert table.rows[0] == ("1001", "Ada", "410")
    assert table.codes == ["table.nul"]


def test_no_final_newline_is_needed() -> None:
    assert len(read_one((HEADER + ROWS).rstrip()).rows) == 3


def test_a_file_that_ends_within_a_row_says_so() -> None:
    table = read_one(b"a,b,c,d,e\nv,w,x,y,z\nv,w,x,y,z\nv,w", hint=Dialect(header_line=1))
    assert table.codes == ["table.cut_off"]
    assert table.unread == {4: b"v,w"}


def test_excels_own_first_line_names_the_delimiter() -> None:
    table = read_one(b"sep=;\nStudentID;Name;Score\n1001;Ada;4,10\n1002;Bo;3,95\n")
    assert table.columns == ("StudentID", "Name", "Score")
    assert table.rows[0] == ("1001", "Ada", "4,10")


def test_single_quotes_may_be_the_quotes() -> None:
    table = read_one(b"'StudentID','Name'\n'1001','Lovelace, Ada'\n'1002','Bo'\n")
    assert table.rows[0] == ("1001", "Lovelace, Ada")


def test_a_spec_fixes_what_would_be_detected_otherwise() -> None:
    hint = Dialect(delimiter=";", header_line=0, columns=("id", "text"), encoding="windows-1252")
    table = read_one(b"1;a,b\xe9\n2;c,d\n", hint=hint)
    assert table.columns == ("id", "text")
    assert table.rows == [("1", "a,bé"), ("2", "c,d")]


def test_a_formula_stays_the_text_that_it_is() -> None:
    table = read_one(HEADER + b'1001,"=HYPERLINK(""http://x"")",410\n')
    assert table.rows[0][1] == '=HYPERLINK("http://x")'


def test_a_giant_line_is_set_aside_and_the_rest_read() -> None:
    giant = b"9" * (9 << 20) + b"\n"
    table = read_one(HEADER + b"1001,Ada,410\n" + giant + b"1002,Bo,395\n")
    assert [row[0] for row in table.rows] == ["1001", "1002"]
    assert table.lines == [2, 4]
    assert table.codes == ["table.row_too_long"]
    assert len(table.unread[3]) == KEPT_BYTES


def test_a_line_of_five_gigabytes_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    with path.open("wb") as file:
        file.write(HEADER + b"1001,Ada,410\n")
        file.truncate(5 << 30)  # a hole: it takes no room on the disk
        file.seek(0, io.SEEK_END)
        file.write(b"\n1002,Bo,395\n")
    tracemalloc.start()
    (table,) = read_all(on_disk(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(table, ReadTable)
    assert [row[0] for row in table.rows] == ["1001", "1002"]
    assert table.codes == ["table.row_too_long"]
    assert peak < 64 << 20


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_giant_cell_is_set_aside(quote: bytes) -> None:
    cell = quote + b"x" * (MAX_CELL_CHARACTERS + 1) + quote
    table = read_one(HEADER + b"1001," + cell + b",410\n" + ROWS)
    assert table.codes == ["table.cell_too_long"]
    assert len(table.rows) == 3


def test_a_row_of_many_cells_beyond_a_megabyte_is_set_aside() -> None:
    cells = b",".join([b"y" * 100_000] * 12)
    header = b",".join(b"c%d" % n for n in range(12))
    table = read_one(
        header + b"\n" + cells + b"\n" + b",".join([b"z"] * 12) + b"\n", hint=Dialect(header_line=1)
    )
    assert len(cells) > MAX_ROW_BYTES
    assert table.codes == ["table.row_too_long"]
    assert len(table.rows) == 1


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    path.write_bytes(HEADER + ROWS * 400_000)
    tables = open_tables(on_disk(path))
    assert isinstance(tables, Tables)
    with tables:
        (table,) = tables
        assert isinstance(table, Table)
        next(table.frames)
        with path.open("ab") as more:
            more.write(ROWS)
        for _ in table.frames:
            pass
        assert [fault.code for fault in table.faults.take() if not isinstance(fault, Unreadable)] == [
            "table.file_changed"
        ]


def test_a_file_of_the_same_size_written_over_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    path.write_bytes(HEADER + ROWS)
    stamp = path.stat()
    tables = open_tables(on_disk(path))
    assert isinstance(tables, Tables)
    with tables:
        (table,) = tables
        assert isinstance(table, Table)
        path.write_bytes(HEADER + ROWS[::-1])
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        for _ in table.frames:
            pass
        assert "table.file_changed" in [f.code for f in table.faults.take() if not isinstance(f, Unreadable)]


def test_a_file_that_is_something_else_is_given_up() -> None:
    table = read_one(HEADER + ROWS * 5 + b'"x" y,z\n' * 300_000)
    assert table.codes[-1] == "table.hopeless"
    assert 100_000 < len(table.unread) < 200_000


def test_warnings_of_one_kind_are_counted_beyond_a_hundred() -> None:
    table = read_one(HEADER + b"1001,Ada,\n" + b"1001,Ada\n" * 150 + ROWS)
    assert len(table.rows) == 154
    assert len(table.faults) == 101
    assert "50 more" in str(table.faults[-1])


def test_an_empty_file_says_so() -> None:
    assert refused(b"", "pupils.csv").code == "table.empty"
    assert refused(b"\n \n", "pupils.csv").code == "table.empty"


def test_a_picture_is_no_table() -> None:
    assert refused(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "pupils.csv").code == "table.unknown_form"


def test_every_vendor_file_is_read_whole(samples: Path) -> None:
    for path in sorted((samples / "assessments").glob("*/input/*.csv")):
        (table,) = read_all(on_disk(path))
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
        assert len(table.rows) == len(lines) - 1, path
        assert table.dialect.delimiter == ","
        assert table.dialect.header_line == 1
        assert len(set(table.columns)) == len(table.columns)
        assert set(table.codes) <= {"table.row_short"}


def test_the_sis_export_with_bare_returns_is_read(samples: Path) -> None:
    (table,) = read_all(on_disk(samples / "inbloom" / "csv-sis-export" / "school-sample-data.csv"))
    assert len(table.columns) == 62
    assert len(table.rows) == 2
