"""A mapping spec as values: what the YAML says, before it meets a Model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.faults import Spot
from homeroom.ingest.mapping.syntax import Expression, Template

Row: TypeAlias = Mapping[str, str | None]
"""One row of a table or loop: column -> text; a plain value stands under the empty name."""


class ParameterKind(StrEnum):
    """What a parameter's value is."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    COLUMN = "column"


class Otherwise(StrEnum):
    """What a look-up gives for a key that its table does not have."""

    FAIL = "fail"
    BLANK = "blank"
    KEEP = "keep"


class PersonKind(StrEnum):
    """Whom rows may be about."""

    STUDENT = "student"
    STAFF = "staff"
    CONTACT = "contact"


class Newcomers(StrEnum):
    """What is done about somebody whom nobody of the district is like: their rows wait, or they are added."""

    WAIT = "wait"
    ADD = "add"


class Fact(StrEnum):
    """What a source may say of a person: members of `matching.people.Person`, and the district's own number."""

    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    SURNAME = "surname"
    SUFFIX = "suffix"
    OTHER_NAMES = "other_names"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    SCHOOL = "school"
    GRADE = "grade"
    CONTACT_POINTS = "contact_points"
    RELATED = "related"
    UNIQUE_ID = "unique_id"

    @property
    def may_be_several(self) -> bool:
        """Whether a person may have more than one."""
        return self in {Fact.OTHER_NAMES, Fact.CONTACT_POINTS, Fact.RELATED}


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, perhaps with holes; None where the spec says null."""

    template: Template | None
    spot: Spot


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression; spot is where its first character stands."""

    expression: Expression
    spot: Spot


Cell: TypeAlias = Literal | Formula


@dataclass(frozen=True, slots=True)
class Leaf:
    """The value of one member.

    blanks_faults: what cannot be converted is left out with a warning. is_outer: in items gathered from another
    file, a value of the row that gathers them.
    """

    cell: Cell
    spot: Spot
    blanks_faults: bool = False
    dates: tuple[str, ...] = ()
    is_outer: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A variable and the rows it takes, or the name of the table that has them."""

    variable: str
    rows: tuple[Row, ...] | str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Loops:
    """`for`: every combination of the variables' rows. given: cells that rows must have, any of several texts."""

    variables: tuple[Loop, ...] = ()
    given: tuple[tuple[str, tuple[Template, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Gather:
    """Items from another file's rows: those whose columns equal our values. is_distinct: equal ones are one."""

    file: str
    matches: tuple[tuple[str, Cell], ...]
    is_distinct: bool
    spot: Spot


@dataclass(frozen=True, slots=True)
class Group:
    """An object, or an item of a collection with how often and when it stands."""

    members: tuple[Member, ...]
    spot: Spot
    when: Cell | None = None
    loops: Loops = Loops()
    gather: Gather | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The items of a collection."""

    items: tuple[Group, ...]
    spot: Spot


Content: TypeAlias = Leaf | Group | Listing


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a document by the standard's name."""

    name: str
    content: Content
    spot: Spot


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a person is asked for; without a default it must be given."""

    name: str
    label: str
    kind: ParameterKind
    default: Cell | None
    spot: Spot


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a fixed-width layout; start is 1-based."""

    name: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file that the spec reads.

    names: patterns, hints only. without: columns that only other kinds of files have. keep_blanks: columns whose
    cells are not trimmed. head and width: what the first line of a fixed-width file looks like, and between which
    lengths. row_id: the column with the source's own name of a row; removed: rows whose records are to go;
    changes_only: rows that say so of the whole delivery. The rest overrules what would be detected.
    """

    name: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]
    blanks: tuple[str, ...]
    dates: tuple[str, ...]
    keep_blanks: frozenset[str]
    layout: tuple[Field, ...]
    head: str | None
    width: tuple[int, int] | None
    header_rows: int | None
    skip_rows: int | None
    delimiter: str | None
    encoding: str | None
    quote: str | None
    sheet: str | None
    rows_at: str | None
    keeps_footer: bool
    fills_short_rows: bool
    spot: Spot
    row_id: str | None = None
    removed: Cell | None = None
    changes_only: Cell | None = None


@dataclass(frozen=True, slots=True)
class ValuesTable:
    """Key to value."""

    name: str
    values: Mapping[str, str | None]
    otherwise: Otherwise
    spot: Spot


@dataclass(frozen=True, slots=True)
class RowsTable:
    """Rows for loops, and for look-ups when a key column is named."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    key: str | None
    otherwise: Otherwise
    spot: Spot


@dataclass(frozen=True, slots=True)
class FileTable:
    """Another file of the delivery, looked up by one of its columns."""

    name: str
    file: str
    key: str
    otherwise: Otherwise
    spot: Spot


TableSpec: TypeAlias = ValuesTable | RowsTable | FileTable


@dataclass(frozen=True, slots=True)
class Let:
    """A named expression."""

    name: str
    cell: Cell
    spot: Spot


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """Somebody rows are about, whom their source knows by an id of its own.

    resource: Student, Staff or Contact; files: as of a record; source: whose ids they are, else the spec's name.
    known_ids: by the system that gave them.
    """

    name: str
    resource: str
    files: tuple[str, ...]
    source: str
    id: Cell
    facts: Mapping[Fact, tuple[Cell, ...]]
    known_ids: Mapping[str, Cell]
    newcomers: Newcomers
    spot: Spot


@dataclass(frozen=True, slots=True)
class RecordSpec:
    """One kind of record that a row (or, when once, the load) gives. files: none named means all."""

    resource: str
    files: tuple[str, ...]
    is_once: bool
    is_distinct: bool
    where: Cell | None
    lets: tuple[Let, ...]
    document: Group
    loops: Loops
    spot: Spot


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole spec. warnings: what was found while it was read that does not keep it from being used."""

    name: str
    title: str
    standard: str
    source: str
    notes: str
    parameters: tuple[Parameter, ...]
    files: Mapping[str, FileSpec]
    tables: Mapping[str, TableSpec]
    lets: tuple[Let, ...]
    records: tuple[RecordSpec, ...]
    warnings: tuple[Finding, ...] = ()
    people: Mapping[str, PersonSpec] = field(default_factory=dict)
