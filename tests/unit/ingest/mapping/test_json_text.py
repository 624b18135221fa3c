"""JSON put together by columns says what JSON put together object by object says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.ingest.mapping.json_text import Branch, Chain, Fixed, Piece, Slot, document_text, items_text

_COLUMNS = ("a", "b", "c", "d")
_CONDITIONS = ("yes", "no")
_NAMES = st.sampled_from(["n1", "n2", "n3", "n4"])
_LEAVES: st.SearchStrategy[Piece] = st.one_of(
    st.sampled_from([Fixed('"x"'), Fixed("1"), Fixed('{"k":[true]}')]),
    st.builds(Slot, st.sampled_from(_COLUMNS), st.just(True)),
)


def _branches(inner: st.SearchStrategy[Piece]) -> st.SearchStrategy[Branch]:
    members = st.dictionaries(_NAMES, inner, min_size=1, max_size=4).map(lambda d: tuple(d.items()))
    plain = st.builds(Branch, members)
    return (
        plain
        | st.builds(Branch, members, st.sampled_from(_CONDITIONS))
        | st.builds(Branch, members, st.none(), st.just(True))
    )


_PIECES = st.recursive(
    _LEAVES,
    lambda inner: _branches(inner) | st.builds(Chain, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=12,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {c: st.none() | st.sampled_from(["v", "a,b", "[,", "{"]) for c in _COLUMNS}
        | {c: st.booleans() for c in _CONDITIONS}
    ),
    min_size=1,
    max_size=5,
)


def _slots(piece: Piece) -> Iterator[str]:
    match piece:
        case Slot(column):
            yield column
        case Branch(members):
            for _, member in members:
                yield from _slots(member)
        case Chain(items):
            for item in items:
                yield from _slots(item)
        case Fixed():
            return


def _stands(piece: Piece, row: dict[str, object]) -> bool:
    match piece:
        case Fixed():
            return True
        case Slot(column):
            return row[column] is not None
        case Branch(_, when, is_always):
            if when is not None:
                return bool(row[when])
            columns = list(_slots(piece))
            return is_always or not columns or any(row[c] is not None for c in columns)
        case Chain(items):
            return any(_stands(item, row) for item in items)


def _value(piece: Piece, row: dict[str, object]) -> object:
    match piece:
        case Fixed(text):
            return json.loads(text)
        case Slot(column):
            return row[column]
        case Branch(members):
            return {name: _value(member, row) for name, member in members if _stands(member, row)}
        case Chain(items):
            return [_value(item, row) for item in items if _stands(item, row)]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_branches(_PIECES), _ROWS)
def test_columns_and_objects_say_the_same(branch: Branch, rows: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(_COLUMNS, pl.String) | dict.fromkeys(_CONDITIONS, pl.Boolean)
    )
    found = frame.with_columns(document_text(branch).alias("document"), items_text(branch).alias("item"))
    for row, document, item in zip(rows, found["document"], found["item"], strict=True):
        assert json.loads(document) == _value(branch, row)
        assert (None if item is None else json.loads(item)) == (
            _value(branch, row) if _stands(branch, row) else None
        )
