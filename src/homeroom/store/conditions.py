"""Row conditions: what a Grant asks of a row, as values that `store.statements` compiles to SQL.

`trust` makes them; nothing else does. A row is seen or changed only if every condition holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Person(StrEnum):
    """The kinds of people whose reach is tracked."""

    STUDENT = "student"
    STAFF = "staff"
    CONTACT = "contact"


class Through(StrEnum):
    """What ties a person to an organisation."""

    ENROLLMENT = "enrollment"
    RESPONSIBILITY = "responsibility"


@dataclass(frozen=True, slots=True)
class Subject:
    """One member of a record that a relationship is checked on.

    column: where the store keeps it (`school_id`, `student_ref`); person is None for an organisation.
    name: as the Ed-Fi API calls it in messages (`SchoolId`, `StudentUniqueId`).
    """

    column: str
    name: str
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship strategy: every subject is within reach of one of the organisations.

    organizations: the caller's own ids; reach goes down the hierarchy from them. When inverted, an
    organisation subject is reached upward instead; people never are.
    includes_deleted: associations that were deleted still count (change queries only).
    """

    strategy: str
    subjects: tuple[Subject, ...]
    organizations: tuple[int, ...]
    is_inverted: bool = False
    through: Through = Through.ENROLLMENT
    includes_deleted: bool = False


@dataclass(frozen=True, slots=True)
class AnyRelationship:
    """At least one of the relationships holds."""

    alternatives: tuple[Relationship, ...]


@dataclass(frozen=True, slots=True)
class NamespaceStarts:
    """The namespace column begins, in any letter case, with one of the prefixes."""

    column: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """The row was created under one of the ownership tokens."""

    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InView:
    """The value of the column leads to a record that a district's custom authorisation view lists.

    strategy: the strategy's name, which is the view's; subjects: the members as messages name them.
    basis: the resource whose record ids the view lists. basis_column: the column of the basis that
    `column` holds: `id`, or its one key column where the row has only the key's value (`school_id`).
    """

    strategy: str
    column: str
    subjects: tuple[str, ...]
    basis: str
    basis_column: str = "id"


@dataclass(frozen=True, slots=True)
class InSections:
    """The person or section belongs to a section that the member of staff teaches.

    column: `student_ref` or `section_ref` (or `id` on those resources themselves).
    """

    column: str
    staff_unique_id: str
    is_section: bool = False


Condition = AnyRelationship | NamespaceStarts | OwnedBy | InView | InSections
