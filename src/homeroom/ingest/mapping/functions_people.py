"""Whom a row is about: the unique id of its person, and whether the source brought them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import polars as pl

from homeroom.ingest.mapping.register import Argument, ArgumentFaultError, Function, Site, Wanted
from homeroom.ingest.mapping.stage import RowPerson
from homeroom.ingest.mapping.values import Check, Type, Value


class Standing(StrEnum):
    """Who the person of a row is: somebody of the district, somebody new, undecided, or nobody that is to be."""

    KNOWN = "known"
    NEW = "new"
    UNDECIDED = "undecided"
    NOBODY = "nobody"


UNDECIDED: Final = "identity.undecided"
NOBODY: Final = "identity.nobody"


def _person(site: Site, _: tuple[Value, ...]) -> Value:
    found = _found(site)
    return _value(found, Type.TEXT, pl.col(found.unique_id), (_undecided(found), _nobody(found)))


def _is_new(site: Site, _: tuple[Value, ...]) -> Value:
    found = _found(site)
    is_new = (pl.col(found.standing) == Standing.NEW).fill_null(value=False)
    return _value(found, Type.BOOLEAN, is_new, (_undecided(found),))


def _found(site: Site) -> RowPerson:
    if site.person is None:
        raise ArgumentFaultError("The argument is the name of a person.")
    return site.person


def _value(found: RowPerson, kind: Type, expr: pl.Expr, checks: tuple[Check, ...]) -> Value:
    return Value(kind, expr, found.key.columns, found.key.level + 1, checks)


def _undecided(found: RowPerson) -> Check:
    return Check(
        given=(pl.col(found.standing) == Standing.UNDECIDED).fill_null(value=False),
        shown=found.key.expr,
        code=UNDECIDED,
        words="may be somebody of the district, or somebody else",
        remedy="Decide it on the page Who is who; the row then loads by itself.",
        columns=found.key.columns,
        person=found.name,
    )


def _nobody(found: RowPerson) -> Check:
    is_nobody = pl.col(found.standing).is_null() | (pl.col(found.standing) == Standing.NOBODY)
    return Check(
        given=found.key.expr.is_not_null() & is_nobody,
        shown=found.key.expr,
        code=NOBODY,
        words="is nobody of the district",
        remedy="Load the person; the row is then looked at again by itself.",
        columns=found.key.columns,
        person=found.name,
    )


_WHO: Final = Argument("who", wanted=Wanted.PERSON)

PEOPLE_FUNCTIONS: Final = (
    Function("person", (_WHO,), Type.TEXT, "the unique id of a person of `people`", _person),
    Function(
        "is_new",
        (_WHO,),
        Type.BOOLEAN,
        "whether the district has the person of `people` from this source alone",
        _is_new,
    ),
)
