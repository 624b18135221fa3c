"""What the district's own staff may see and do, by role; the sensitive tier is off for all of them.

Pure. The roles are few and fixed for now; a later release makes them agreements of the district.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from homeroom.standard.classification_rules import Tier
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Resource
from homeroom.standard.names import snake_case
from homeroom.standard.purposes import Purpose
from homeroom.store.conditions import AnyRelationship, Condition, InSections, Subject
from homeroom.trust.actors import StaffMember
from homeroom.trust.grant import Action
from homeroom.trust.strategies import relationship
from homeroom.trust.subjects import section_column, student_column, subjects_of

_RELATED: Final = "RelationshipsWithEdOrgsAndPeople"
_RELATED_CHANGES: Final = "RelationshipsWithEdOrgsAndPeopleIncludingDeletes"

_ACTIONS: Final[Mapping[str, frozenset[Action]]] = MappingProxyType(
    {
        "teacher": frozenset({Action.READ}),
        "principal": frozenset({Action.READ}),
        "data_manager": frozenset({Action.READ, Action.READ_CHANGES, Action.CREATE, Action.UPDATE}),
    }
)
# What a teacher may read, and whether through the section taught or through the students in it.
_OF_TAUGHT_SECTION: Final = frozenset(
    {
        "GradebookEntry",
        "Section",
        "SectionAttendanceTakenEvent",
        "StaffSectionAssociation",
        "StudentSectionAssociation",
        "StudentSectionAttendanceEvent",
    }
)
_OF_TAUGHT_STUDENT: Final = frozenset(
    {
        "Grade",
        "ReportCard",
        "Student",
        "StudentAssessment",
        "StudentCompetencyObjective",
        "StudentGradebookEntry",
        "StudentSchoolAssociation",
        "StudentSchoolAttendanceEvent",
    }
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Leave by a staff rule: the conditions on rows, and the rule in words."""

    conditions: tuple[Condition, ...]
    why: str


def staff_conditions(
    classification: ClassificationTable, member: StaffMember, *, action: Action, resource: Resource
) -> Allowed | None:
    """The conditions under which the member's role may do the action; None when it may not at all."""
    tier = classification.of(resource.name, "$").tier
    if action not in _ACTIONS.get(member.role, frozenset()) or tier >= Tier.T3:
        return None
    if tier is Tier.T0 and action in {Action.READ, Action.READ_CHANGES}:
        return Allowed((), "public to the district")
    if member.role == "teacher":
        return _taught(member, resource)
    if tier is Tier.T0 and not subjects_of(resource):
        return Allowed((), "reference data of the district")
    return _related(member, action=action, resource=resource)


def hidden_members(
    classification: ClassificationTable, resource: Resource, purpose: Purpose
) -> frozenset[str] | None:
    """Root members that staff do not get for the purpose: sensitive ones, and those it does not cover.

    None when such a member carries the row's key, and the row has to be withheld whole.
    """
    names = [p.name for p in resource.properties]
    names += [r.name for r in resource.references]
    names += [p.name for p in resource.parts]
    names += ["_ext"] if resource.extensions else []
    hidden = set()
    for name in names:
        found = classification.root_member(resource.name, name)
        if found.tier < Tier.T3 and purpose in found.purposes:
            continue
        if not classification.is_sealable(resource.name, name):
            return None
        hidden.add(name)
    return frozenset(hidden)


def _taught(member: StaffMember, resource: Resource) -> Allowed | None:
    if resource.name in _OF_TAUGHT_SECTION and (section := section_column(resource)):
        taught = InSections(section, member.staff_unique_id, is_section=True)
        return Allowed((taught,), "sections taught")
    if resource.name in _OF_TAUGHT_STUDENT and (student := student_column(resource)):
        return Allowed((InSections(student, member.staff_unique_id),), "students of sections taught")
    return None


def _ties(resource: Resource) -> tuple[Subject, ...]:
    """What ties a record to the member's organisations.

    An organisation that a record may leave out does not count where a person is named: a test's result without the
    school that reported it would be nobody's.
    """
    subjects = subjects_of(resource)
    if not any(s.person for s in subjects):
        return subjects
    always = {
        snake_case(column)
        for reference in resource.references
        if reference.is_required or reference.is_identity
        for column in reference.keys.values()
    }
    return tuple(s for s in subjects if s.person or s.column in always)


def _school_of_section(resource: Resource) -> tuple[Subject, ...]:
    """The school whose section a record names, where nothing else ties it to an organisation.

    Ed-Fi leaves gradebook entries to the vendor's namespace, and staff have none. What names no organisation and
    no person at all (credentials, persons of a source system) stays closed: in a state's district the staff of
    one LEA would see those of all.
    """
    columns = (r.keys.get("schoolId") for r in resource.references if r.target == "Section")
    return tuple(Subject(snake_case(column), column) for column in columns if column)


def _related(member: StaffMember, *, action: Action, resource: Resource) -> Allowed | None:
    """By relationship to the member's organisations; a new person has no relationship yet."""
    subjects = _ties(resource) or _school_of_section(resource)
    if not member.organizations or not subjects:
        return None
    if action is Action.CREATE and all(s.person and s.column == "id" for s in subjects):
        return Allowed((), "a new person of the district")
    strategy = _RELATED_CHANGES if action is Action.READ_CHANGES else _RELATED
    found = relationship(strategy, subjects, member.organizations)
    return Allowed((AnyRelationship((found,)),), "organisations of the member") if found else None
