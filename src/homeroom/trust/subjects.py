"""What a strategy is checked on: the members of a record that tie it to organisations, people and vendors.

Pure. Columns are named as the tables name them: a direct reference to a person has `student_ref`; a
person that only a key further away names has `student_unique_id_person_ref`; a person's own row, `id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from homeroom.standard.model import Model, Reference, Resource
from homeroom.standard.names import pascal_case, snake_case
from homeroom.store.conditions import InView, Person, Subject, Through
from homeroom.store.tables import shortened

_PEOPLE: Final[Mapping[str, Person]] = MappingProxyType(
    {"Student": Person.STUDENT, "Staff": Person.STAFF, "Contact": Person.CONTACT}
)
_PERSON_OF_KEY: Final[Mapping[str, str]] = MappingProxyType(
    {"studentUniqueId": "Student", "staffUniqueId": "Staff", "contactUniqueId": "Contact"}
)
# Their organisation is role-named, so the facts leave it out; Ed-Fi puts it back by hand (edfi-api.md 2.4).
_ADDED_ORGANIZATIONS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        (
            "EvaluationRubricDimension",
            "ProgramEvaluation",
            "ProgramEvaluationElement",
            "ProgramEvaluationObjective",
        ),
        "ProgramEducationOrganizationId",
    )
)
_EVERYONE: Final = frozenset(Person)
_STUDENTS: Final = frozenset({Person.STUDENT})


@dataclass(frozen=True, slots=True)
class RelationshipRule:
    """Which subjects a relationship strategy looks at, and along which path."""

    people: frozenset[Person] = frozenset()
    has_organizations: bool = False
    is_inverted: bool = False
    through: Through = Through.ENROLLMENT
    includes_deleted: bool = False

    def applies_to(self, subject: Subject) -> bool:
        """Whether the strategy checks this subject."""
        return self.has_organizations if subject.person is None else subject.person in self.people


_ALL: Final = RelationshipRule(_EVERYONE, has_organizations=True)
_RESPONSIBILITY: Final = RelationshipRule(_STUDENTS, through=Through.RESPONSIBILITY)

RELATIONSHIP_RULES: Final[Mapping[str, RelationshipRule]] = MappingProxyType(
    {
        "RelationshipsWithEdOrgsOnly": RelationshipRule(has_organizations=True),
        "RelationshipsWithEdOrgsOnlyInverted": RelationshipRule(has_organizations=True, is_inverted=True),
        "RelationshipsWithEdOrgsAndPeople": _ALL,
        "RelationshipsWithEdOrgsAndPeopleInverted": RelationshipRule(
            _EVERYONE, has_organizations=True, is_inverted=True
        ),
        "RelationshipsWithEdOrgsAndPeopleIncludingDeletes": RelationshipRule(
            _EVERYONE, has_organizations=True, includes_deleted=True
        ),
        "RelationshipsWithPeopleOnly": RelationshipRule(_EVERYONE),
        "RelationshipsWithPeopleOnlyIncludingDeletes": RelationshipRule(_EVERYONE, includes_deleted=True),
        "RelationshipsWithStudentsOnly": RelationshipRule(_STUDENTS),
        "RelationshipsWithStudentsOnlyIncludingDeletes": RelationshipRule(_STUDENTS, includes_deleted=True),
        "RelationshipsWithStudentsOnlyThroughResponsibility": _RESPONSIBILITY,
        "RelationshipsWithStudentsOnlyThroughResponsibilityIncludingDeletes": RelationshipRule(
            _STUDENTS, through=Through.RESPONSIBILITY, includes_deleted=True
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ViewBasis:
    """Where a custom view meets a resource.

    is_tracked: the columns identify the record, so that its tombstone has them too.
    """

    condition: InView
    is_tracked: bool


def subjects_of(resource: Resource) -> tuple[Subject, ...]:
    """The organisations and people that relationships of a resource are checked on, each once."""
    found: dict[str, Subject] = {}
    for column in _authorization_columns(resource):
        person = _person_of(resource, column)
        subject = (
            Subject(person_column(resource, column), column, _PEOPLE[person])
            if person
            else Subject(snake_case(column), column)
        )
        found.setdefault(subject.column, subject)
    return tuple(found.values())


def subjects_for(rule: RelationshipRule, subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Those of the subjects that the strategy checks."""
    return tuple(subject for subject in subjects if rule.applies_to(subject))


def namespace_column(resource: Resource) -> str | None:
    """The column of the record's namespace: `namespace`, else the only one that ends so; else None."""
    columns = dict.fromkeys(
        [
            *(pascal_case(p.name) for p in resource.properties),
            *(column for reference in resource.references for column in reference.keys.values()),
        ]
    )
    found = [snake_case(c) for c in columns if c.endswith("Namespace")]
    if "namespace" in found:
        return "namespace"
    return found[0] if len(found) == 1 else None


def view_basis(model: Model, resource: Resource, *, strategy: str) -> ViewBasis | Resource | None:
    """The condition of a custom view strategy, named after its basis: `StudentWithCTECourseEnrollments`.

    None when the name's start is no resource, and so no custom view; the basis itself when the resource
    has no member that leads to it.
    """
    basis = model.resources.get(strategy.partition("With")[0]) if "With" in strategy else None
    if basis is None or basis.is_descriptor:
        return None
    return next(_meetings(resource, basis, strategy=strategy), basis)


def section_column(resource: Resource) -> str | None:
    """The column that leads to a section; None when no member of the record's root does."""
    if resource.name == "Section":
        return "id"
    return next((reference_column(r) for r in resource.references if r.target == "Section"), None)


def student_column(resource: Resource) -> str | None:
    """The column that leads to the one student the record is about; None when there is none."""
    students = [s.column for s in subjects_of(resource) if s.person is Person.STUDENT]
    return students[0] if len(students) == 1 else None


def reference_column(reference: Reference) -> str:
    """The surrogate column of a reference: `studentReference` to `student_ref`."""
    return shortened(snake_case(reference.name.removesuffix("Reference")) + "_ref")


def person_column(resource: Resource, column: str) -> str:
    """The surrogate column of the person whose unique id the column holds."""
    person = _person_of(resource, column)
    if person == resource.name:
        return "id"
    for reference in resource.references:
        if reference.target == person and column in reference.keys.values():
            return reference_column(reference)
    return f"{snake_case(column)}_person_ref"


def _authorization_columns(resource: Resource) -> Iterator[str]:
    for path in resource.authorization:
        head, _, member = path.removeprefix("$.").partition(".")
        yield resource.references_by_name[head].keys[member] if member else pascal_case(head)
    if resource.name in _ADDED_ORGANIZATIONS:
        yield _ADDED_ORGANIZATIONS[resource.name]


def _person_of(resource: Resource, column: str) -> str | None:
    """The person whose unique id the column holds: its own, or what a reference's key calls so."""
    members = [pair[0] for r in resource.references for pair in r.keys.items() if pair[1] == column]
    own = column[:1].lower() + column[1:]
    return next((_PERSON_OF_KEY[m] for m in [own, *members] if m in _PERSON_OF_KEY), None)


def _meetings(resource: Resource, basis: Resource, *, strategy: str) -> Iterator[ViewBasis]:
    """Ways from the resource to the basis, the best first: itself, by name, by the key's value, by role."""
    names = tuple(k.column for k in basis.key)
    if resource.name == basis.name:
        yield ViewBasis(InView(strategy, "id", names, basis.name), is_tracked=True)
    by_role = []
    for reference in sorted(resource.references, key=lambda r: (not r.is_identity, not r.is_required)):
        if reference.target == basis.name:
            columns = tuple(reference.keys[k.name] for k in basis.key)
            meeting = InView(strategy, reference_column(reference), columns, basis.name)
            by_role.append(ViewBasis(meeting, reference.is_identity))
    yield from (meeting for meeting in by_role if meeting.condition.subjects == names)
    if len(names) == 1:
        yield from _meetings_by_value(resource, basis, strategy=strategy)
    yield from by_role


def _meetings_by_value(resource: Resource, basis: Resource, *, strategy: str) -> Iterator[ViewBasis]:
    """The way through a column that holds the basis's key although no reference of the root is to it."""
    name = basis.key[0].column
    columns = {column for reference in resource.references for column in reference.keys.values()}
    if name not in columns:
        return
    meeting = (
        InView(strategy, person_column(resource, name), (name,), basis.name)
        if basis.name in _PEOPLE
        else InView(strategy, snake_case(name), (name,), basis.name, snake_case(name))
    )
    yield ViewBasis(meeting, name in {k.column for k in resource.key})
