"""What expressions give: columnar work and a slow evaluator agree, blanks harm no function, faults are told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.ingest.mapping.compiling import compiled, documents, evaluated, expression_spec, mapped_rows
from tests.unit.ingest.mapping.reference_evaluator import FaultyError, evaluate, shown

from homeroom.ingest.mapping.functions import FUNCTIONS
from homeroom.ingest.mapping.register import Wanted
from homeroom.ingest.mapping.syntax import (
    Binary,
    Call,
    Column,
    Constant,
    Expression,
    Number,
    Text,
    Unary,
    render_expression,
)

_CELLS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "0", "1", "7", "12", "-3", "1,234", "2.5", "Y", "no", "true", "5/4/2010", "2010-05-04",
                     "13/45/2026", "Maya", "maya  o", 'a"b\\c', "Zoë", "x-y-z", "2025-2026"]),
    st.text("ab -/,.0123", max_size=8),
)  # fmt: skip


def _number(value: int) -> Number:
    return Number(Decimal(value))


_COLUMNS = st.sampled_from(["A", "B", "C"]).map(lambda name: Column((name,)))
_WORDS = st.sampled_from(["x", "Maya", "1", "-", "a b"]).map(lambda text: Text((text,)))
_SMALL = st.integers(0, 12).map(_number)


def _calls(name: str, *arguments: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.tuples(*arguments).map(lambda given: Call(name, given))


def _expressions() -> Mapping[str, st.SearchStrategy[Expression]]:
    text, numeric, truth, day = (
        st.deferred(lambda kind=kind: kinds[kind]) for kind in ("text", "number", "truth", "day")
    )
    any_value = text | numeric | truth
    fixed = st.sampled_from(["-", "a", "1"]).map(lambda t: Text((t,)))
    kinds = {
        "text": st.one_of(
            _COLUMNS, _COLUMNS, _WORDS,
            st.builds(Binary, st.just("&"), text | numeric, text),
            *(_calls(name, text) for name in ("upper", "lower", "trim", "text")),
            *(_calls(name, text, _SMALL) for name in ("left", "right")),
            _calls("mid", text, st.integers(1, 5).map(_number), _SMALL),
            _calls("replace", text, fixed, fixed), _calls("pad_left", text, st.integers(1, 9).map(_number)),
            _calls("part", text, fixed, st.sampled_from([1, 2, 3]).map(_number)),
            _calls("part", text, fixed, st.just(Unary("-", _number(1)))),
            _calls("extract", text, st.just(Text((r"([0-9]+)",)))),
            _calls("join", fixed, text, text | numeric), _calls("hash", text, text | numeric),
            _calls("if", truth, text, text), _calls("coalesce", text, text),
        ),
        "number": st.one_of(
            _SMALL, _calls("number", _COLUMNS), _calls("integer", _COLUMNS), _calls("length", text),
            *(st.builds(Binary, st.just(sign), numeric | _COLUMNS, numeric) for sign in "+-*/"),
            st.builds(Unary, st.just("-"), numeric), _calls("round", numeric),
            *(_calls(name, numeric, numeric | _COLUMNS) for name in ("min", "max")),
            *(_calls(name, day) for name in ("year", "month", "day", "school_year")),
            _calls("if", truth, numeric, numeric), _calls("coalesce", numeric, numeric),
        ),
        "day": _calls("date", _COLUMNS),
        "truth": st.one_of(
            st.sampled_from([Constant(True), Constant(False)]), _calls("blank", any_value),
            *(_calls(name, text, _WORDS) for name in ("contains", "starts_with", "ends_with")),
            _calls("matches", text, st.just(Text(("[a-z ]+",)))), _calls("in", text, _WORDS, fixed),
            *(
                st.builds(Binary, st.just(sign), numeric, numeric | _COLUMNS)
                for sign in ("=", "<>", "<", "<=", ">", ">=")
            ),
            st.builds(Binary, st.sampled_from(["=", "<>"]), _COLUMNS, _WORDS | st.just(Constant(None))),
            st.builds(Binary, st.sampled_from(["<", "="]), day, _COLUMNS),
            st.builds(Binary, st.sampled_from(["and", "or"]), truth, truth), st.builds(Unary, st.just("not"), truth),
        ),
    }  # fmt: skip
    return kinds


_EXPRESSIONS = _expressions()
_ROWS = st.lists(st.fixed_dictionaries({"A": _CELLS, "B": _CELLS, "C": _CELLS}), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_EXPRESSIONS["text"] | _EXPRESSIONS["number"] | _EXPRESSIONS["truth"], _ROWS)
def test_columns_give_what_a_slow_evaluator_gives(
    expression: Expression, rows: list[dict[str, str | None]]
) -> None:
    mapping = compiled(expression_spec(render_expression(expression)))
    mapped = mapped_rows(mapping, [{"Number": str(n), **row} for n, row in enumerate(rows)])
    found = {str(d["studentUniqueId"]): d.get("middleName") for d in documents(mapped)}
    rejected = {str(r.row["Number"]) for r in mapped.rejects}
    for number, row in enumerate(rows):
        try:
            expected = shown(evaluate(expression, row))
        except FaultyError:
            assert str(number) in rejected, row
            continue
        assert str(number) in found, (row, mapped.rejects)
        _assert_same(found[str(number)], expected)


def _assert_same(ours: object, expected: str | None) -> None:
    """Equal, up to the last digits of calculated numbers."""
    if ours == expected:
        return
    assert ours is not None
    assert expected is not None
    assert float(str(ours)) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


_CONSTANTS = {
    "regex": "'(a)b'",
    "kind": "'GradeLevel'",
    "form": "'M/d/yyyy'",
    **dict.fromkeys(("group", "n", "start", "digits"), "1"),
    **dict.fromkeys(("length", "first_month"), "3"),
}
_TABLE = """
tables:
  known:
    values: {a: b}
people:
  somebody: {id: "= [A]", given_name: "= [A]"}
"""


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_minds_blank_cells(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = []
    for argument in function.arguments[: len(function.arguments) - function.optional]:
        if argument.wanted is Wanted.TABLE:
            arguments.append("known")
        elif argument.wanted is Wanted.PERSON:
            arguments.append("somebody")
        elif argument.wanted is Wanted.LITERAL:
            arguments.append(_CONSTANTS.get(argument.name, "'x'"))
        else:
            arguments.append("[A]")
    if name == "in":
        arguments.append("'x'")
    expected = {"length": "0", "blank": "true", "in": "false", "contains": "false", "starts_with": "false",
                "ends_with": "false", "matches": "false", "file_name": "pupils.csv", "line": "1",
                "is_new": "false"}  # fmt: skip
    assert evaluated(f"{name}({', '.join(arguments)})", {"A": None}, head=_TABLE) == expected.get(name)


@pytest.mark.parametrize(
    ("expression", "cells", "expected"),
    [
        ("title([A])", {"A": "MAYA okafor"}, "Maya Okafor"),
        ("case([A] = 'x', 1, [A] = 'y', 2, 3)", {"A": "y"}, "2"),
        ("case([A] = 'x', 1, [A] = 'y', 2)", {"A": "z"}, None),
        ("if([A] = '', 'none', [A])", {"A": "  "}, "none"),
        ("'No. ' & [A]", {"A": ""}, None),
        ("'No. ' & [A] & '/' & [B]", {"A": "7"}, "No. 7/"),
        ("round([A], 1)", {"A": "2.25"}, "2.3"),
        ("round(0 - [A])", {"A": "2.5"}, "-3"),
        ("[A] + [B]", {"A": "0.1", "B": "0.2"}, "0.3"),
        ("[A] / 0", {"A": "1"}, None),
        ("date([A], 'dd.MM.yy')", {"A": "04.05.10"}, "2010-05-04"),
        ("date([A], 'MMMM d, yyyy')", {"A": "May 4, 2010"}, "2010-05-04"),
        ("date([A], 'yyyyMMdd')", {"A": "20100504"}, "2010-05-04"),
        ("date([A], 'yyyyMMdd')", {"A": "2010054"}, ["mapping.not_a_date"]),
        ("date([A], 'excel')", {"A": "40302"}, "2010-05-04"),
        ("date([A])", {"A": "5/4/10"}, ["mapping.not_a_date"]),
        ("date([A])", {"A": "2010-05-04T10:30:00"}, "2010-05-04"),
        ("school_year([A], 1)", {"A": "2010-08-04"}, "2010"),
        ("school_year([A], 8)", {"A": "2010-07-04"}, "2010"),
        *(
            (f"school_year_of('{text}')", {}, "2026")
            for text in ("2025-2026", "25-26", "2026", "SY 2025/26", "2025\u201326")
        ),
        ("school_year_of([A])", {"A": "2025-2027"}, ["mapping.not_a_school_year"]),
        ("school_year_of([A])", {"A": "2025-08-01"}, ["mapping.not_a_school_year"]),
        ("descriptor('GradeLevel', [A])", {"A": "Ninth grade"}, "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"),
        ("descriptor('Term', [A], 'uri://sis.example')", {"A": "S1"}, "uri://sis.example/TermDescriptor#S1"),
        ("extract([A], '^([A-Z]{2})', 1)", {"A": "ABc"}, "AB"),
        ("max(date([A]), date([B]))", {"A": "2010-05-04", "B": "2011-01-01"}, "2011-01-01"),
        ("in([A], 9, 10)", {"A": "10"}, "true"),
        ("integer([A])", {"A": "5.0"}, "5"),
        ("integer([A])", {"A": "5.5"}, ["mapping.not_an_integer"]),
        ("if([B] = 'x', date([A]), null)", {"A": "nonsense", "B": "y"}, None),
        ("coalesce([B], date([A]))", {"A": "nonsense", "B": "here"}, "here"),
        ("if([A], 'yes', 'no')", {"A": "maybe"}, ["mapping.not_a_boolean"]),
        ("hash([A], [B])", {"A": "a"}, "6324f83df723eb74c21f831d34c69d6f"),
    ],
)  # fmt: skip
def test_what_an_expression_gives(expression: str, cells: dict[str, str], expected: object) -> None:
    assert evaluated(expression, cells) == expected


@pytest.mark.parametrize(
    ("otherwise", "expected"), [("fail", ["mapping.unmapped_value"]), ("blank", None), ("keep", "zz")]
)
def test_a_key_that_a_table_lacks(otherwise: str, expected: object) -> None:
    head = f"\ntables:\n  known:\n    values: {{a: one, b: null}}\n    otherwise: {otherwise}\n"
    assert evaluated("lookup(known, [A])", {"A": "zz"}, head=head) == expected
    assert evaluated("lookup(known, [A])", {"A": "b"}, head=head) is None
    assert evaluated("lookup(known, [A])", {"A": " a "}, head=head) == "one"
