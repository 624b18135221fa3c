"""Files as vendors really send them, from bytes to results through connector, suggestion and spec."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from tests.unit.ingest.connectors.reading import source
from tests.unit.ingest.connectors.workbooks import Cell, xlsx
from tests.unit.ingest.suggest.suggested import compiled

from homeroom.base.findings import Finding
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.suggestion import Said, suggest
from homeroom.ingest.suggesting import Sample, read_sample_of

HEADER = ["Student ID", "Last Name", "First Name", "Test Date", "Scale Score", "Percentile"]
ROWS = [
    [str(1000 + n), f"Márlowe{c}", f"Ines{c}", f"9/{n + 1}/2026", str(400 + n), str(40 + n)]
    for n, c in enumerate("ABCDEFGHIJKL")
]
_SERIAL = 46265  # 8/31/2026 as a spreadsheet counts days
_SAID = Said(answers={"vendor": "acme.example", "test_name": "Screener", "subject": "Reading"})


def text(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    return "\n".join(separator.join(row) for row in rows) + "\n"


def cells(row: Sequence[str]) -> list[Cell]:
    return [int(row[0]), *row[1:4], int(row[4]), int(row[5])]


def sheet(rows: Sequence[Sequence[str]]) -> list[list[Cell]]:
    return [list(HEADER), *map(cells, rows)]


def serials() -> list[list[str]]:
    return [[*row[:3], str(_SERIAL + n), *row[4:]] for n, row in enumerate(ROWS, 1)]


def changed(column: int, change: Callable[[str, int], str]) -> list[list[str]]:
    return [[change(c, n) if m == column else c for m, c in enumerate(row)] for n, row in enumerate(ROWS)]


PLAIN = text([HEADER, *ROWS])
ODD_TEXTS: dict[str, str | bytes] = {
    "as it should be": PLAIN,
    "a title and a blank line above": f"Fall Screening\nPrinted on 9/30/2026\n\n{PLAIN}",
    "a title padded with delimiters": f"Fall Screening,,,,,\nDistrict: Fernhollow,,,,,\n,,,,,\n{PLAIN}",
    "a group over the columns": text([["Student", "", "", "Reading", "", ""], HEADER, *ROWS]),
    "totals and a count below": PLAIN + "Total,,,,4866,\n12 records\n",
    "averages below": PLAIN + "Average,,,,405.5,45.5\n",
    "a count after blanks below": PLAIN + ",,,,,\nCount: 12,,,,,\n",
    "blank columns between": text([[c for cell in row for c in (cell, "")] for row in (HEADER, *ROWS)]),
    "blank lines between": PLAIN.replace("\n", "\n\n"),
    "page breaks with the header again": text([HEADER, *ROWS[:6], ["Page 1"], HEADER, *ROWS[6:], ["Page 2"]]),
    "dates as a spreadsheet's days": text([HEADER, *serials()]),
    "dates in two forms": text([HEADER, *changed(3, lambda c, n: f"2026-09-{n + 1:02}" if n % 2 else c)]),
    "decimal commas": text([HEADER, *changed(4, lambda c, _: f"{c},5")], ";"),
    "decimal commas and points": text([HEADER, *changed(4, lambda c, n: c + (",5" if n % 2 else ".5"))], ";"),
    "thousands with commas": text([HEADER, *changed(4, lambda c, _: f'"1,{c}"')]),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 with tabs and without its mark": text([HEADER, *ROWS], "\t").encode("utf-16-be"),
    "Windows-1252": PLAIN.encode("cp1252"),
    "semicolons": text([HEADER, *ROWS], ";"),
    "pipes": text([HEADER, *ROWS], "|"),
    "bare returns": PLAIN.replace("\n", "\r"),
    "line breaks in the header": PLAIN.replace("Test Date", '"Test\nDate"'),
    "a delimiter behind every row": PLAIN.replace("\n", ",\n"),
    "a delimiter behind the rows alone": PLAIN[: PLAIN.index("\n") + 1] + text(ROWS).replace("\n", ",\n"),
    "a mark before the first quote": "\ufeff" + text([[f'"{c}"' for c in row] for row in (HEADER, *ROWS)]),
    "blanks around every cell": text([[f"  {c} " for c in row] for row in (HEADER, *ROWS)]),
    "2,000 answers behind": text(
        [[*HEADER, *(f"Item {n}" for n in range(2000))], *([*row, *["1"] * 2000] for row in ROWS)]
    ),
}
ODD_BOOKS: dict[str, bytes] = {
    "plain": xlsx({"Sheet1": sheet(ROWS)}),
    "a cover sheet": xlsx({"Read me": [["Fall Screening"], ["For Fernhollow"]], "Data": sheet(ROWS)}),
    "a sheet of figures first": xlsx(
        {"Summary": [["Students", 12], ["Average", 405], ["School", "North"]], "Data": sheet(ROWS)}
    ),
    "an empty sheet first": xlsx({"Empty": [], "Data": sheet(ROWS)}),
    "a legend behind": xlsx({"Data": sheet(ROWS), "Legend": [["Code", "Meaning"], [1, "low"], [2, "high"]]}),
    "merged titles": xlsx(
        {"S": [["Fall", *[None] * 5], ["Student", None, None, "Reading", None, None], *sheet(ROWS)]},
        merged=["A1:F1", "A2:C2", "D2:F2"],
    ),
    "a table that begins elsewhere": xlsx({"S": [[None] * 8, *([None, None, *row] for row in sheet(ROWS))]}),
    "real dates": xlsx(
        {
            "S": [
                list(HEADER),
                *([*cells(row)[:3], date(2026, 9, n), *cells(row)[4:]] for n, row in enumerate(ROWS, 1)),
            ]
        }
    ),
    "days in place of dates": xlsx(
        {"S": [list(HEADER), *([*cells(r)[:3], int(r[3]), *cells(r)[4:]] for r in serials())]}
    ),
}


def sample_of(content: str | bytes, name: str = "results.csv") -> Sample | Finding:
    """What is looked at of a file with that content."""
    raw = content.encode() if isinstance(content, str) else content
    return read_sample_of(source(raw, name), shown=1000)


def stored(sample: Sample | Finding, ground: Ground) -> list[tuple[str, str, int]]:
    """Student, day and number of scores of every result that the proposed spec makes of the rows."""
    assert isinstance(sample, Sample), sample
    found = suggest(sample.profiles, name="sample", ground=ground, said=_SAID)
    assert found is not None
    mapped = compiled(found).apply_rows("file", sample.shown, name=sample.file)
    assert not mapped.rejects
    results = [json.loads(t) for d in mapped.records if d.resource == "StudentAssessment" for t in d.texts]
    return [
        (r["studentReference"]["studentUniqueId"], r["administrationDate"][:10], len(r["scoreResults"]))
        for r in results
    ]


WANTED = [(row[0], f"2026-09-{n:02}", 2) for n, row in enumerate(ROWS, 1)]


@pytest.mark.parametrize("content", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_every_row_of_an_odd_text_becomes_a_result(content: str | bytes, ground: Ground) -> None:
    assert stored(sample_of(content), ground) == WANTED


@pytest.mark.parametrize("content", ODD_BOOKS.values(), ids=ODD_BOOKS)
def test_every_row_of_an_odd_workbook_becomes_a_result(content: bytes, ground: Ground) -> None:
    assert stored(sample_of(content, "results.xlsx"), ground) == WANTED


def test_of_sheets_for_each_school_the_fullest_is_looked_at(ground: Ground) -> None:
    book = xlsx({"North": sheet(ROWS[:5]), "South": sheet(ROWS[5:])})
    assert stored(sample_of(book, "results.xlsx"), ground) == WANTED[5:]


def test_cells_that_say_there_is_nothing_make_no_score(ground: Ground) -> None:
    rows = [["NULL" if m == 4 and n % 2 else c for m, c in enumerate(row)] for n, row in enumerate(ROWS)]
    found = stored(sample_of(text([HEADER, *rows])), ground)
    assert [count for _, _, count in found] == [2, 1] * 6


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "table.empty"), ("\n \n", "table.empty"), (text([HEADER]), "suggest.no_rows")],
    ids=["empty", "blank", "header alone"],
)
def test_a_file_without_rows_says_so(content: str, code: str) -> None:
    found = sample_of(content)
    assert isinstance(found, Finding)
    assert found.code == code


def test_numbers_that_only_dates_are_called_are_days(ground: Ground) -> None:
    """Student numbers of five figures are no dates, whatever a spreadsheet would make of them."""
    rows = [[str(46000 + n), *row[1:]] for n, row in enumerate(ROWS)]
    assert [student for student, _, _ in stored(sample_of(text([HEADER, *rows])), ground)] == [
        row[0] for row in rows
    ]
