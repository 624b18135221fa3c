"""Functions of texts."""

from __future__ import annotations

from typing import Final

import polars as pl

from homeroom.ingest.mapping.regexes import regex_fault
from homeroom.ingest.mapping.register import (
    Argument,
    ArgumentFaultError,
    Build,
    Function,
    Site,
    Wanted,
    literal_number,
    literal_text,
    plain,
)
from homeroom.ingest.mapping.stage import Stage
from homeroom.ingest.mapping.values import Type, Value, derived

_MOST_CHARACTERS: Final = 255
_MOST_PARTS: Final = 1_000
_TEXT: Final = Argument("text", Type.TEXT)


def _fixed(name: str, kind: Type = Type.TEXT) -> Argument:
    return Argument(name, kind, Wanted.LITERAL)


def joined_texts(values: tuple[Value, ...], stage: Stage, separator: str = "") -> Value:
    """Texts after one another: blank ones are passed over, and all blank (constants apart) is blank."""
    known = tuple(v for v in values if v.literal is None or v.literal.value is not None)
    growth = sum(v.growth for v in known)
    if sum(v.varies for v in known) == 1:
        joined = pl.concat_str([v.expr for v in known], separator=separator)
        return derived(Type.TEXT, joined, values, growth=growth)
    kept = tuple(stage.kept(v) for v in known)
    whole = (
        pl.concat_str([v.expr for v in kept], separator=separator, ignore_nulls=True)
        if kept
        else pl.lit(None)
    )
    varying = [v.expr.is_not_null() for v in kept if v.varies]
    joined = pl.when(pl.any_horizontal(varying)).then(whole) if varying else whole
    return derived(Type.TEXT, joined, kept, growth=growth)


def not_blank(expr: pl.Expr) -> pl.Expr:
    """A text trimmed, and nothing when nothing is left."""
    return expr.str.strip_chars().replace("", None)


def _left(site: Site, values: tuple[Value, ...]) -> Value:
    length = literal_number(values[1], least=0, most=_MOST_CHARACTERS)
    return plain(Type.TEXT, lambda t, _: not_blank(t.str.head(length)))(site, values)


def _right(site: Site, values: tuple[Value, ...]) -> Value:
    length = literal_number(values[1], least=0, most=_MOST_CHARACTERS)
    return plain(Type.TEXT, lambda t, _: not_blank(t.str.tail(length)))(site, values)


def _mid(site: Site, values: tuple[Value, ...]) -> Value:
    start = literal_number(values[1], least=1, most=_MOST_PARTS)
    length = literal_number(values[2], least=0, most=_MOST_CHARACTERS)
    return plain(Type.TEXT, lambda t, *_: not_blank(t.str.slice(start - 1, length)))(site, values)


def _pad_left(site: Site, values: tuple[Value, ...]) -> Value:
    length = literal_number(values[1], least=1, most=_MOST_CHARACTERS)
    fill = literal_text(values[2]) if len(values) > 2 else "0"
    if len(fill) != 1:
        raise ArgumentFaultError("One character to fill with is expected.")
    return plain(Type.TEXT, lambda t, *_: t.str.pad_start(length, fill))(site, values)


def _part(site: Site, values: tuple[Value, ...]) -> Value:
    separator = literal_text(values[1])
    number = literal_number(values[2], least=-_MOST_PARTS, most=_MOST_PARTS)
    if not separator or not number:
        raise ArgumentFaultError("A separator and a number other than 0 are expected.")
    index = number - 1 if number > 0 else number

    def part(text: pl.Expr, *_: object) -> pl.Expr:
        return not_blank(text.str.split(separator).list.get(index, null_on_oob=True))

    return plain(Type.TEXT, part)(site, values)


def _replace(_: Site, values: tuple[Value, ...]) -> Value:
    text, old, new = values[0], literal_text(values[1]), literal_text(values[2])
    if not old:
        raise ArgumentFaultError("The text to be replaced is empty.")
    replaced = not_blank(text.expr.str.replace_all(old, new, literal=True))
    return derived(Type.TEXT, replaced, values, growth=text.growth * -(-max(len(new), 1) // len(old)))


def _contains(text: pl.Expr, wanted: str | pl.Expr | None) -> pl.Expr:
    return text.str.contains(_search(wanted), literal=True).fill_null(value=False)


def _starts(text: pl.Expr, wanted: str | pl.Expr | None) -> pl.Expr:
    return text.str.starts_with(_search(wanted)).fill_null(value=False)


def _ends(text: pl.Expr, wanted: str | pl.Expr | None) -> pl.Expr:
    return text.str.ends_with(_search(wanted)).fill_null(value=False)


def _search(wanted: str | pl.Expr | None) -> pl.Expr:
    return wanted if isinstance(wanted, pl.Expr) else pl.lit(wanted or "", dtype=pl.String)


def _matches(site: Site, values: tuple[Value, ...]) -> Value:
    regex = _regex(values[1])
    return plain(Type.BOOLEAN, lambda t, _: t.str.contains(f"^(?:{regex})$").fill_null(value=False))(
        site, values
    )


def _extract(site: Site, values: tuple[Value, ...]) -> Value:
    regex = _regex(values[1])
    group = literal_number(values[2], least=0, most=50) if len(values) > 2 else 1
    if group > _groups(regex):
        raise ArgumentFaultError(f"The regular expression has no group {group}.")
    return plain(Type.TEXT, lambda t, *_: not_blank(t.str.extract(regex, group)))(site, values)


def _regex(value: Value) -> str:
    regex = literal_text(value)
    fault = regex_fault(regex)
    if fault is not None:
        raise ArgumentFaultError(fault)
    return regex


def _groups(regex: str) -> int:
    found = pl.Series([""]).str.extract_groups(regex)
    return len(found.struct.fields)


def _join(site: Site, values: tuple[Value, ...]) -> Value:
    return joined_texts(values[1:], site.stage, literal_text(values[0]))


def _same(name: str, words: str, build: Build) -> Function:
    return Function(name, (_TEXT,), Type.TEXT, words, build)


TEXT_FUNCTIONS: Final = (
    _same("trim", "without the blanks at both ends, runs of blanks inside made one", plain(
        Type.TEXT, lambda t: not_blank(t.str.replace_all(r"\s+", " ")))),
    _same("upper", "in capital letters", plain(Type.TEXT, lambda t: t.str.to_uppercase())),
    _same("lower", "in small letters", plain(Type.TEXT, lambda t: t.str.to_lowercase())),
    _same("title", "each word with a capital letter", plain(Type.TEXT, lambda t: t.str.to_titlecase())),
    Function("length", (_TEXT,), Type.INTEGER, "number of characters; 0 for blank", plain(
        Type.INTEGER, lambda t: t.str.len_chars().cast(pl.Int64).fill_null(0))),
    Function("left", (_TEXT, _fixed("length", Type.INTEGER)), Type.TEXT, "the first characters", _left),
    Function("right", (_TEXT, _fixed("length", Type.INTEGER)), Type.TEXT, "the last characters", _right),
    Function("mid", (_TEXT, _fixed("start", Type.INTEGER), _fixed("length", Type.INTEGER)), Type.TEXT,
             "characters from a place on, counted from 1", _mid),
    Function("replace", (_TEXT, _fixed("old"), _fixed("new")), Type.TEXT, "every `old` made `new`", _replace),
    Function("pad_left", (_TEXT, _fixed("length", Type.INTEGER), _fixed("fill")), Type.TEXT,
             "filled up at the left, with zeros unless said otherwise", _pad_left, optional=1),
    Function("part", (_TEXT, _fixed("separator"), _fixed("n", Type.INTEGER)), Type.TEXT,
             "the nth part between separators; -1 is the last", _part),
    Function("contains", (_TEXT, Argument("wanted", Type.TEXT)), Type.BOOLEAN,
             "whether the text has the other in it", plain(Type.BOOLEAN, _contains)),
    Function("starts_with", (_TEXT, Argument("start", Type.TEXT)), Type.BOOLEAN,
             "whether it starts so", plain(Type.BOOLEAN, _starts)),
    Function("ends_with", (_TEXT, Argument("end", Type.TEXT)), Type.BOOLEAN,
             "whether it ends so", plain(Type.BOOLEAN, _ends)),
    Function("matches", (_TEXT, _fixed("regex")), Type.BOOLEAN,
             "whether the whole text fits a regular expression", _matches),
    Function("extract", (_TEXT, _fixed("regex"), _fixed("group", Type.INTEGER)), Type.TEXT,
             "what a group (the first) of a regular expression finds", _extract, optional=1),
    Function("join", (_fixed("separator"), _TEXT), Type.TEXT,
             "texts with a separator between, blank ones left out", _join, rest=_TEXT),
    Function("text", (Argument("value", Type.TEXT),), Type.TEXT, "a value as a text", plain(
        Type.TEXT, lambda t: t)),
)  # fmt: skip
