"""The expression language: what is written is what is read, and mistakes are told at their place."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.ingest.mapping.lexer import SyntaxFault
from homeroom.ingest.mapping.parser import parse_expression
from homeroom.ingest.mapping.syntax import (
    BINDING,
    Binary,
    Call,
    Column,
    Constant,
    Expression,
    Hole,
    Inserted,
    Name,
    Number,
    Template,
    Text,
    Unary,
    render_expression,
)

_WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda w: w.lower() not in {"and", "or", "not", "true", "false", "null"}
)
_HOLES = st.builds(Hole, _WORDS, st.none() | _WORDS)
_TEXTS = st.text(min_size=1, max_size=8)


def _template(parts: list[str | Hole]) -> Template:
    merged: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


_TEMPLATES = st.lists(_TEXTS | _HOLES, max_size=4).map(_template)
_NUMBERS = st.decimals(min_value=0, max_value=10**9, places=3) | st.integers(0, 10**9).map(Decimal)
_LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Text, _TEMPLATES),
    st.builds(Number, _NUMBERS),
    st.builds(Constant, st.sampled_from([True, False, None])),
    st.builds(Column, _TEMPLATES.filter(lambda t: any(not isinstance(p, str) or p.strip() for p in t))),
    st.builds(Name, _WORDS),
    st.builds(Inserted, _HOLES),
)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Unary, st.sampled_from(["not", "-"]), inner),
        st.builds(Binary, st.sampled_from(sorted(BINDING)), inner, inner),
        st.builds(Call, _WORDS.map(str.lower), st.lists(inner, max_size=3).map(tuple)),
    )


@given(st.recursive(_LEAVES, _larger, max_leaves=20))
def test_an_expression_reads_as_it_was_written(expression: Expression) -> None:
    assert parse_expression(render_expression(expression)) == expression


@given(st.text(max_size=60) | st.text("[]{}'()+-*/=<>&,.0a ", max_size=40))
def test_any_text_is_an_expression_or_a_fault_within_it(text: str) -> None:
    found = parse_expression(text)
    if isinstance(found, SyntaxFault):
        assert 0 <= found.at <= len(text)
        assert found.words


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("[Name", 0, "The closing ] is missing."),
        ("'Maya", 0, "The closing ' is missing."),
        ("upper([Name]", 5, "This parenthesis is not closed."),
        ("[A] [B]", 4, "A column cannot follow here."),
        ("1 +", 3, "The expression ends too early."),
        ("if([A] = 1; 2)", 10, "';' cannot stand here."),
        ("[ ]", 0, "[] names no column."),
        ("and [A]", 0, "'and' needs a value before it."),
        ("[A].name", 3, "'.' cannot stand here."),
        ("__import__('os').system('x')", 16, "'.' cannot stand here."),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, at: int, words: str) -> None:
    found = parse_expression(text)
    assert isinstance(found, SyntaxFault)
    assert (found.at, found.words) == (at, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(" * 200 + "1" + ")" * 200, "The expression is nested too deeply."),
        ("-" * 3000 + "1", "The expression is nested too deeply."),
        ("&".join(["[A]"] * 900), "The expression has too many parts."),
        ("+".join(["[A]"] * 100), "The expression is nested too deeply."),
        ("[A]" * 2000, "The expression is longer than 4,000 characters."),
    ],
)
def test_an_expression_without_bounds_is_refused(text: str, words: str) -> None:
    found = parse_expression(text)
    assert isinstance(found, SyntaxFault)
    assert found.words == words
