"""Specs that are wrong: every fault with its line and column, and none that costs more than it should."""

from __future__ import annotations

import time

import pytest
from tests.unit.ingest.mapping.compiling import STUDENT, compiled, expression_spec, findings_of, student_spec

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import Spec


def _placed(findings: list[Finding]) -> list[tuple[str, int | None, int | None]]:
    return [(f.code, f.place.line, f.place.column) for f in findings]


def test_every_fault_of_a_text_is_told_at_once() -> None:
    spec = """\
spec: pupils
standard: "5.2"
colour: blue
files:
  pupils: {columns: [Number], dates: [yyyy-QQ]}
let:
  year of test: = 1
  broken: = upper([Name)
records:
  - resource: students
    document: {studentUniqueId: "= [Number"}
"""
    assert _placed(findings_of(spec)) == [
        ("mapping.shape", 5, 11),
        ("mapping.shape", 7, 3),
        ("mapping.expression", 8, 19),
        ("mapping.expression", 11, 36),
        ("mapping.shape", 3, 1),
    ]


def test_every_fault_against_the_standard_is_told_at_once() -> None:
    spec = """\
spec: pupils
standard: "5.2"
files:
  pupils: {columns: [Number]}
records:
  - resource: student
    document:
      studentUniqueId: = [Number]
      firstNme: = [First]
      birthDate: soon
      otherNames:
        - firstName: = nothere([City])
  - resource: pupil
    document: {a: b}
"""
    found = findings_of(spec)
    assert [(f.code, f.place.line) for f in found] == [
        ("mapping.unknown_member", 9),
        ("mapping.type", 10),
        ("mapping.unknown_name", 12),
        ("mapping.required_member", 12),
        ("mapping.required_member", 8),
        ("mapping.unknown_resource", 13),
    ]
    assert found[0].remedy == "Is 'firstName' meant?"
    assert "firstName, lastSurname" in found[4].words


@pytest.mark.parametrize(
    ("expression", "code", "column"),
    [
        ("uper([Name])", "unknown_name", 0),
        ("left([Name])", "type", 0),
        ("left([Name], [Length])", "type", 13),
        ("left([Name], 'x')", "type", 13),
        ("1 & upper(other)", "unknown_name", 10),
        ("lookup(codes, [Name])", "unknown_name", 7),
        ("matches([Name], '(a')", "type", 0),
        ("extract([Name], 'a', 2)", "type", 0),
        ("date([Name]) = true", "type", 13),
        ("date([Name], 'QQ')", "type", 0),
        ("-date([Name])", "type", 0),
        ("[{absent}]", "expression", 0),
        ("{row.cell}", "expression", 0),
    ],
)
def test_a_wrong_expression_is_told_at_its_place(expression: str, code: str, column: int) -> None:
    (found,) = findings_of(expression_spec(expression))
    start = expression_spec(expression).splitlines()[(found.place.line or 0) - 1].index("= ") + 3
    assert (found.code, found.place.column) == (f"mapping.{code}", start + column)


@pytest.mark.parametrize(
    ("lets", "code"),
    [
        ("  a: = b\n  b: = a\n", "expression"),
        ("  a: = a\n", "expression"),
        ("".join(f"  a{n}: = a{n + 1}\n" for n in range(100)) + "  a100: = 1\n", "limit"),
        ("".join(f"  a{n}: = 1\n" for n in range(300)), "limit"),
    ],
)
def test_lets_that_go_on_for_ever_are_refused(lets: str, code: str) -> None:
    first = lets.split(":", maxsplit=1)[0].strip()
    found = findings_of(expression_spec(first, head=f"\nlet:\n{lets}"))
    assert {f.code for f in found} >= {f"mapping.{code}"}


def test_lets_that_double_each_other_are_computed_once_each() -> None:
    doubling = (
        "".join(f"  a{n}: = coalesce(a{n + 1}, upper(a{n + 1}))\n" for n in range(25)) + "  a25: = [Name]\n"
    )
    mapping = compiled(expression_spec("left(a24, 5)", head=f"\nlet:\n{doubling}"))
    assert sum(len(level) for level in mapping.files["pupils"].stage.levels) < 40


def test_loops_without_bounds_are_refused() -> None:
    item = (
        'otherNames:\n  - for: {n: 1..%s, m: 1..%s}\n    firstName: "= [Name {n}{m}]"\n    lastSurname: X\n'
    )
    item += "    otherNameTypeDescriptor: Alias"
    assert [f.code for f in findings_of(student_spec(item % (5, 999_999)))] == ["mapping.limit"]
    assert [f.code for f in findings_of(student_spec(item % (900, 900)))] == ["mapping.limit"]
    many = student_spec(item % (40, 40), more="for: {a: 1..40, b: 1..40}")
    assert [f.code for f in findings_of(many)] == ["mapping.limit"]


_DOUBLING = "let:\n  a0: %s\n" + "".join(f"  a{n + 1}: = a{n} & a{n} & a{n} & a{n}\n" for n in range(25))


@pytest.mark.parametrize(
    ("head", "expression"),
    [
        (_DOUBLING % '"= [Number]"', "a25"),
        (_DOUBLING % "x", "a25"),
        ("", "replace(replace(replace([Number], '0', '%s'), '0', '%s'), '0', '%s')" % (("0" * 900,) * 3)),
        (_DOUBLING % '"= [Number]"', "upper('{a25}')"),
    ],
    ids=["cells", "constants", "replaced", "in-a-text"],
)
def test_texts_that_grow_with_each_step_are_refused(head: str, expression: str) -> None:
    assert {f.code for f in findings_of(expression_spec(expression, head=head))} == {"mapping.limit"}


def test_a_text_of_many_cells_is_no_growth() -> None:
    assert not findings_of(expression_spec(" & ".join(["[Number]"] * 350)))


def test_yaml_that_explodes_is_refused() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    deep = "a: " + "[" * 5000
    itself = "a: &a\n  b: *a\n"
    large = "a: " + "x" * (2 << 20)
    started = time.process_time()
    for text in (bomb, deep, itself, large):
        assert {f.code for f in findings_of(text)} <= {"mapping.too_large", "mapping.yaml"}, text[:20]
        assert findings_of(text)
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: b: c", "spec: [", "\x00", "&a a: *b", "!!python/object:os.system {}"]
)
def test_a_text_that_is_no_spec_is_refused_in_words(text: str) -> None:
    found = findings_of(text)
    assert found
    assert all(f.words and f.place.line for f in found)


@pytest.mark.parametrize("regex", ["a{1000}", "(" * 300, "x" * 600, "((a{99}){99}){99}"])
def test_regular_expressions_that_grow_are_refused(regex: str) -> None:
    assert [f.code for f in findings_of(expression_spec(f"matches([A], '{regex}')"))] == ["mapping.type"]


def test_a_regular_expression_takes_time_in_line_with_its_text() -> None:
    from tests.unit.ingest.mapping.compiling import mapped_rows

    mapping = compiled(expression_spec("matches([A], '(a+)+b')"))
    started = time.process_time()
    mapped_rows(mapping, [{"Number": "1", "A": "a" * 50_000}])
    assert time.process_time() - started < 10


def test_a_table_beside_the_spec_is_named_and_bounded() -> None:
    head = "\ntables:\n  codes: {csv: %s, key: code}\n"
    expression = "lookup(codes, [A])"
    beside = {
        "codes.csv": "code,value\na,one\n",
        "ragged.csv": "code,value\na\n",
        "huge.csv": "x" * (9 << 20),
    }
    assert not findings_of(expression_spec(expression, head=head % "codes.csv"), beside)
    for name in ("../secrets.csv", "codes.txt", "absent.csv", "ragged.csv", "huge.csv", "/etc/passwd"):
        found = findings_of(expression_spec(expression, head=head % name), beside)
        assert found[0].code in ("mapping.table", "mapping.limit"), name
        assert found[0].place.line is not None


def test_parameters_are_checked_by_their_kind() -> None:
    head = (
        "\nparameters:\n  year: {label: School year, kind: integer}\n  code: {kind: column, default: Code}\n"
    )
    spec = expression_spec("{year} & [{code}]", head=head)
    assert [f.code for f in findings_of(spec)] == ["mapping.parameter"]
    assert [f.code for f in findings_of(spec, year="soon")] == ["mapping.parameter"]
    assert [f.code for f in findings_of(spec, year="2026", pupils="x")] == ["mapping.parameter"]
    assert compiled(spec, year="2026", code="Kennung").used_columns("pupils") == {"Number", "Kennung"}


def test_keywords_of_specs_are_no_members_of_the_standard() -> None:
    from tests.unit.ingest.mapping.compiling import model

    from homeroom.standard.model import walk_parts

    keywords = {"for", "given", "when", "rows", "match", "distinct", "value", "outer"}
    for resource in model().resources.values():
        for _, part in walk_parts(resource):
            members = (*part.properties, *part.references, *part.parts)
            assert not keywords & {m.name for m in members}, part.name


def test_a_spec_says_what_it_reads() -> None:
    assert STUDENT  # the least spec there is
    mapping = compiled(student_spec('middleName: "= [Middle] & [Third]"\ngenerationCodeSuffix: "= [Suffix]"'))
    assert mapping.used_columns("pupils") == {"Number", "Middle", "Third", "Suffix"}
    assert mapping.unused("pupils", ["number", "Middle", "Lunch"]) == ("Lunch",)
    assert mapping.missing("pupils", ["NUMBER", "middle", "Lunch"]) == ("Suffix", "Third")
    assert mapping.sources()["Student"]["$.middleName"] == {"Middle", "Third"}


@pytest.mark.parametrize(
    "nested",
    [
        "trim(" * 50 + "[A]" + ")" * 50,
        " + ".join(["[A]"] * 50),
        " / ".join(["[A]"] * 50),
        "if([A] = '1', " * 25 + "[A]" + ", [B])" * 25,
        "hash(" * 40 + "[A]" + ")" * 40,
        "coalesce([B], " * 25 + "[A]" + ")" * 25,
        "part(" * 25 + "[A]" + ", '-', 1)" * 25,
        "('x' & [B] & " * 25 + "[A]" + ")" * 25,
        "integer(text(" * 25 + "[A]" + "))" * 25,
        "text(school_year_of(" * 25 + "[A]" + "))" * 25,
        "lookup(codes, " * 25 + "[A]" + ")" * 25,
        "in(" * 25 + "[A]" + ", 'true', '1', null)" * 25,
    ],
)
def test_nesting_does_not_double_the_work(nested: str) -> None:
    from tests.unit.ingest.mapping.compiling import mapped_rows

    started = time.process_time()
    mapping = compiled(expression_spec(nested, head="\ntables:\n  codes: {values: {x: '1', '1': '1'}}\n"))
    mapped_rows(mapping, [{"Number": "1", "A": "1", "B": None}])
    assert time.process_time() - started < 10


def test_many_rows_are_mapped_in_parts() -> None:
    import polars as pl

    mapping = compiled(student_spec("", more="for: {n: 1..400}\nwhere: \"= [Number] = '{n}'\""))
    frame = pl.DataFrame({"Number": [str(n % 400 + 1) for n in range(60_000)], "__line": range(60_000)})
    mapped = mapping.apply("pupils", frame.with_columns(pl.col("__line").cast(pl.Int64)), name="pupils.csv")
    assert sorted(line for batch in mapped.records for line in batch.lines) == list(range(60_000))


def test_a_file_without_columns_of_its_own_is_worth_a_warning() -> None:
    def told(text: str) -> list[str]:
        spec = parse_spec(text, name="pupils.yaml", read_beside=str)
        return [f.code for f in spec.warnings] if isinstance(spec, Spec) else ["refused"]

    assert told(student_spec("")) == []
    assert told(student_spec("").replace("columns: [Number]", "names: [pupils.csv]")) == [
        "mapping.unrecognised"
    ]
