"""The `people` of a spec: what is said of each is gathered once, and rows wait for those who are not told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.ingest.mapping.compiling import compiled, documents, findings_of

from homeroom.ingest.mapping.mapping import Awaited, Mapped
from homeroom.ingest.mapping.stage import LINE

SPEC = """
spec: quill
standard: "5.2"
files:
  results:
    columns: [Key]
    dates: [M/d/yyyy]
people:
  learner:
    id: = [Key]
    given_name: = [First]
    birth_date: = [DOB]
    other_names: ["= [Maiden]", "= [Nick]"]
    known_ids: {State: "= [SSID]"}
records:
  - resource: students
    document:
      studentUniqueId: = person(learner)
      firstName: Maya
      lastSurname: Okafor
      birthDate: 2010-05-04
"""
COLUMNS = ("Key", "First", "DOB", "Maiden", "Nick", "SSID")
Row = tuple[str | None, ...]


def frame_of(*rows: Row) -> pl.DataFrame:
    columns = {c: [row[n] if n < len(row) else None for row in rows] for n, c in enumerate(COLUMNS)}
    schema = {**dict.fromkeys(COLUMNS, pl.String()), LINE: pl.Int64()}
    return pl.DataFrame({**columns, LINE: range(2, len(rows) + 2)}, schema=schema)


def gathered(*rows: Row) -> list[dict[str, object]]:
    mapping = compiled(SPEC)
    found = mapping.gather_people("results", frame_of(*rows), name="a.csv", tables=mapping.prepare({}))
    return found["learner"].to_dicts()


def mapped(answers: Sequence[Row], *rows: Row, spec: str = SPEC) -> Mapped:
    """The rows, once it is known who is who. answers: the source's id, the unique id, how they stand."""
    mapping = compiled(spec)
    columns = ("id", "unique_id", "standing")
    people = pl.DataFrame(answers, schema=dict.fromkeys(columns, pl.String()), orient="row")
    tables = replace(mapping.prepare({}), people={"learner": people})
    return mapping.apply("results", frame_of(*rows), name="a.csv", tables=tables)


def test_what_several_rows_say_of_one_is_put_together() -> None:
    rows = [("k1", None, "3/5/2011"), ("k1", "Ines", "4/5/2011", None, "Nesi", "S-1"), (None, "Noor")]
    assert gathered(*rows) == [
        {
            "id": "k1",
            "given_name": "Ines",
            "birth_date": date(2011, 3, 5),
            "other_names": [],
            "number:State": "S-1",
        }
    ]


def test_a_cell_that_cannot_be_read_is_not_compared() -> None:
    assert gathered(("k1", "Ines", "31/31/2011"))[0]["birth_date"] is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(*([st.sampled_from([None, "", " ", "a", "b", "A", "3/5/2011"])] * len(COLUMNS))),
        max_size=8,
    )
)
def test_each_id_is_gathered_once_and_each_row_is_read_or_waits(rows: list[Row]) -> None:
    ids = {row[0].strip() for row in rows if row[0] and row[0].strip()}
    assert [one["id"] for one in gathered(*rows)] == list(
        dict.fromkeys(row[0].strip() for row in rows if row[0] and row[0].strip())
    )
    done = mapped([(i, f"F-{i}", "known") for i in ids if i != "b"], *rows)
    assert len(documents(done)) + len(done.rejects) == len(rows)
    assert {r.awaits.source_id for r in done.rejects if r.awaits} <= {"b"}


def test_a_known_person_is_written_under_their_unique_id() -> None:
    done = mapped([("k1", "F-1", "known"), ("k2", "q2", "new")], ("k1",), ("k2",))
    assert [document["studentUniqueId"] for document in documents(done)] == ["F-1", "q2"]
    assert done.rejects == ()


@pytest.mark.parametrize(
    ("answers", "code"),
    [([("k1", None, "undecided")], "identity.undecided"), ([("k1", None, "nobody")], "identity.nobody"),
     ([], "identity.nobody")],
)  # fmt: skip
def test_a_row_says_whom_it_waits_for(answers: Sequence[Row], code: str) -> None:
    (reject,) = mapped(answers, ("k1", "Ines")).rejects
    assert [finding.code for finding in reject.findings] == [code]
    assert reject.findings[0].place.line == 2
    assert reject.awaits == Awaited("Student", "quill", "k1")


def test_is_new_holds_for_those_whom_the_source_brings() -> None:
    spec = SPEC.replace("    document:", "    where: = is_new(learner)\n    document:")
    answers = [("k1", "F-1", "known"), ("k2", "q2", "new"), ("k3", None, "undecided"), ("k4", None, "nobody")]
    done = mapped(answers, ("k1",), ("k2",), ("k3",), ("k4",), spec=spec)
    assert [document["studentUniqueId"] for document in documents(done)] == ["q2"]
    assert [reject.line for reject in done.rejects] == [4]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("    id: = [Key]\n", "", "mapping.shape", "'id' is missing"),
        ("= person(learner)", "= person(pupil)", "mapping.unknown_name", "no 'pupil'"),
        ("= person(learner)", "= person([Key])", "mapping.unknown_name", "no 'this'"),
        ("    id: = [Key]\n", "    id: = [Key]\n    kind: cat\n", "mapping.shape", "student or staff"),
        ("    id: = [Key]\n", "    id: = [Key]\n    new: maybe\n", "mapping.shape", "wait or add"),
        ("    id: = [Key]\n", "    id: = [Key]\n    shoe: 4\n", "mapping.shape", "'shoe' is not known"),
        ("    id: = [Key]\n", "    id: K\n", "mapping.type", "must come from a column"),
        ("    id: = [Key]\n", "    id: = person(learner)\n", "mapping.unknown_name", "no 'learner'"),
    ],
)
def test_a_fault_of_the_block_is_told_at_its_place(old: str, new: str, code: str, words: str) -> None:
    assert old in SPEC
    found = findings_of(SPEC.replace(old, new))
    assert [f.code for f in found if words in f.words] == [code], found
