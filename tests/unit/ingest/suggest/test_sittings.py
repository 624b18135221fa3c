"""Several sittings on one row: how they are told, and that each becomes a result of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from tests.unit.ingest.suggest.suggested import Cells, compiled, suggestion

from homeroom.ingest.mapping.mapping import Mapped
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.repeats import MarkKind, find_grids, read_names
from homeroom.ingest.suggest.suggestion import Said

_SAID = Said(answers={"vendor": "acme.example", "test_name": "Screener", "subject": "Reading"})
WINDOWS: Cells = {
    "Student ID": ["101", "102"],
    "Fall Reading L1 Test Date": ["9/14/2026", ""],
    "Fall Reading L1 Scale Score": ["412", ""],
    "Fall Reading L2 Test Date": ["9/16/2026", "9/16/2026"],
    "Fall Reading L2 Scale Score": ["433", "398"],
    "Winter Reading L1 Test Date": ["1/12/2027", ""],
    "Winter Reading L1 Scale Score": ["440", ""],
    "Winter Reading L2 Test Date": ["", ""],
    "Winter Reading L2 Scale Score": ["", ""],
}


def results(cells: Cells, ground: Ground) -> Sequence[Mapping[str, object]]:
    """The results that the proposed spec makes of all rows."""
    found = suggestion(cells, ground, _SAID)
    assert found is not None
    count = len(next(iter(cells.values())))
    rows = [{c: values[n] for c, values in cells.items()} for n in range(count)]
    mapped: Mapped = compiled(found).apply_rows("file", rows, name="results.csv")
    assert not mapped.rejects
    return [json.loads(t) for d in mapped.records if d.resource == "StudentAssessment" for t in d.texts]


def told(result: Mapping[str, object]) -> tuple[object, ...]:
    """Who, when, in which window, and the scores."""
    reference, period = result["studentReference"], result.get("period")
    scores = result["scoreResults"]
    assert isinstance(reference, dict)
    assert isinstance(scores, list)
    window = period["assessmentPeriodDescriptor"].rpartition("#")[2] if isinstance(period, dict) else None
    values = tuple(score["result"] for score in scores)
    return reference["studentUniqueId"], str(result.get("administrationDate", ""))[:10], window, values


def test_a_grid_is_stems_whose_marks_take_the_same_values() -> None:
    grid = next(g for g in find_grids(read_names(list(WINDOWS))) if len(g.parts) == 4)
    assert grid.kinds == {MarkKind.SEASON, MarkKind.NUMBER}
    assert list(grid.parts) == [("Fall", "1"), ("Fall", "2"), ("Winter", "1"), ("Winter", "2")]
    assert grid.titles["Fall Reading L1 Scale Score"] == "Reading L Scale Score"


def test_each_window_and_level_with_a_date_of_its_own_is_a_result(ground: Ground) -> None:
    assert sorted(map(told, results(WINDOWS, ground)), key=str) == [
        ("101", "2026-09-14", "Fall 1", ("412",)),
        ("101", "2026-09-16", "Fall 2", ("433",)),
        ("101", "2027-01-12", "Winter 1", ("440",)),
        ("102", "2026-09-16", "Fall 2", ("398",)),
    ]


def test_a_score_outside_the_grid_belongs_to_the_last_season_it_names(ground: Ground) -> None:
    cells = {**WINDOWS, "Growth Score from Fall to Winter": ["28", ""]}
    (winter,) = [r for r in map(told, results(cells, ground)) if str(r[2]).startswith("Winter")]
    assert winter[3] == ("440", "28")


def test_numbered_tests_on_a_row_are_results_of_the_test_that_each_names(ground: Ground) -> None:
    cells: Cells = {
        "Student ID": ["101", "102"],
        "Test Name 01": ["Biology", "Chemistry"],
        "Score 01": ["4", "3"],
        "Test Name 02": ["History", ""],
        "Score 02": ["5", ""],
    }
    found = results(cells, ground)
    names = [r["assessmentReference"]["assessmentIdentifier"] for r in found]  # type: ignore[index]
    assert sorted(names) == ["Biology", "Chemistry", "History"]
    assert len({r["studentAssessmentIdentifier"] for r in found}) == 3


def test_seasons_alone_tell_the_sittings_when_the_row_has_no_date(ground: Ground) -> None:
    cells: Cells = {
        "Student ID": ["101", "102"],
        "Fall Scale Score": ["412", "398"],
        "Fall Percentile": ["55", "41"],
        "Spring Scale Score": ["430", ""],
        "Spring Percentile": ["61", ""],
    }
    said = [(r[0], r[2], r[3]) for r in map(told, results(cells, ground))]
    assert sorted(said) == [
        ("101", "Fall", ("412", "55")),
        ("101", "Spring", ("430", "61")),
        ("102", "Fall", ("398", "41")),
    ]


def test_numbered_scores_of_one_sitting_stay_together(ground: Ground) -> None:
    cells: Cells = {
        "Student ID": ["101"],
        "Test Date": ["9/14/2026"],
        "Item Score 1": ["1"],
        "Item Score 2": ["0"],
        "Item Percentile 1": ["50"],
        "Item Percentile 2": ["20"],
    }
    assert [told(r)[3] for r in results(cells, ground)] == [("1", "0", "50", "20")]


@pytest.mark.parametrize("again", ["Scale Score__2", "Scale Score 2"])
def test_a_repeated_header_is_the_next_sitting(ground: Ground, again: str) -> None:
    date = again.replace("Scale Score", "Test Date")
    first = "" if "__" in again else " 1"
    cells: Cells = {
        "Student ID": ["101"],
        f"Test Date{first}": ["9/14/2026"],
        f"Scale Score{first}": ["412"],
        date: ["1/12/2027"],
        again: ["430"],
    }
    assert sorted(told(r)[1:4:2] for r in results(cells, ground)) == [
        ("2026-09-14", ("412",)),
        ("2027-01-12", ("430",)),
    ]
