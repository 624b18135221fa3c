"""Every refusal there is, in the words that Ed-Fi clients match on (edfi-api.md 1.9, 1.11, 2.2, 2.4).

Pure. One function for one refusal (those of API profiles stand in `profile_refusals`); nothing here
decides anything, and no text holds a value of a record. Each code is listed in docs/reference/refusals.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Final

from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    InSections,
    InView,
    NamespaceStarts,
    OwnedBy,
    Person,
    Relationship,
    Subject,
    Through,
)
from homeroom.trust.claims import LacksAction, LacksClaim, NoMetadata, NoStrategies
from homeroom.trust.grant import Action, Refusal

_AUTHORIZATION: Final = "security:authorization"
_DENIED: Final = "Access to the requested data could not be authorized."
_UNCONFIGURED: Final = "A security configuration problem was detected. The request cannot be authorized."
_SHOWN_CLAIMS: Final = 5

_STUDENT_HINT: Final = "You may need to create a corresponding 'StudentSchoolAssociation' item."
_RESPONSIBILITY_HINT: Final = (
    "You may need to create a corresponding 'StudentEducationOrganizationResponsibilityAssociation' item."
)
_STAFF_HINT: Final = (
    "You may need to create corresponding 'StaffEducationOrganizationEmploymentAssociation' or "
    "'StaffEducationOrganizationAssignmentAssociation' items."
)
_CONTACT_HINT: Final = (
    "You may need to create corresponding 'StudentSchoolAssociation' and 'StudentContactAssociation' items."
)

# A word of a view's name: an acronym, a capitalised word, or digits.
_TERM: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SMALL_WORD: Final = re.compile(
    r"""a|about|above|across|after|against|along|among|an|and|around|as|at|before|behind|below|beneath|beside|
    between|beyond|by|despite|down|during|except|for|from|in|inside|into|like|near|of|off|on|onto|opposite|or|
    out|outside|over|past|round|since|than|the|through|to|towards|under|underneath|unlike|until|up|upon|via|
    with|within|without""",
    re.VERBOSE | re.IGNORECASE,
)


class Phase(StrEnum):
    """Which values failed: those sent, or those stored."""

    PROPOSED = "proposed"
    EXISTING = "existing"


def action_uri(action: Action) -> str:
    """How messages name an action: `http://ed-fi.org/odsapi/actions/readChanges`."""
    return "http://ed-fi.org/odsapi/actions/" + action.value[0].lower() + action.value[1:]


def refuse_resource(claim_set: str, lineage: Sequence[str]) -> Refusal:
    """The claim set holds none of the resource's claims."""
    return _refusal(
        "access-denied:resource",
        f"{_DENIED} You do not have permissions to access this data.",
        f"The API client's assigned claim set (currently '{claim_set}') must include one of the "
        f"following resource claims to provide access to this resource: {quoted(lineage)}.",
    )


def refuse_action(claim_set: str, action: Action, lineage: Sequence[str]) -> Refusal:
    """The claim set holds a claim of the resource, but not for the action."""
    return _refusal(
        "access-denied:action",
        f"{_DENIED} You do not have permissions to perform the requested operation on the data.",
        f"The API client's assigned claim set (currently '{claim_set}') must grant permission of the "
        f"'{action_uri(action)}' action on one of the following resource claims: {quoted(lineage)}.",
    )


def refuse_configuration(error: str) -> Refusal:
    """What the district set up cannot be followed; nobody is let in meanwhile."""
    return Refusal(
        "system:configuration:security",
        _UNCONFIGURED,
        (error,),
        status=500,
        title="Security Configuration Error",
    )


def refuse_without_metadata() -> Refusal:
    """No claim exists for the resource."""
    return refuse_configuration("No security metadata has been configured for this resource.")


def refuse_without_strategies(action: Action, lineage: Sequence[str], claim: str) -> Refusal:
    """The action is granted, and nothing says how."""
    return refuse_configuration(
        f"No authorization strategies were defined for the requested action '{action_uri(action)}' against "
        f"resource URIs [{quoted(lineage[:1])}] matched by the caller's claim '{claim}'."
    )


def refuse_unclaimed(
    lacking: NoMetadata | LacksClaim | LacksAction | NoStrategies, claim_set: str, action: Action
) -> Refusal:
    """What the claims lack for a client's action."""
    match lacking:
        case NoMetadata():
            return refuse_without_metadata()
        case LacksClaim(lineage=lineage):
            return refuse_resource(claim_set, lineage)
        case LacksAction(lineage=lineage):
            return refuse_action(claim_set, action, lineage)
        case NoStrategies(lineage=lineage, claim=claim):
            return refuse_without_strategies(action, lineage, claim)


def refuse_unknown_strategies(names: Sequence[str]) -> Refusal:
    """Strategies that are neither ours nor a custom view on a resource."""
    return refuse_configuration(
        "Could not find authorization strategy implementations for the following strategy names: "
        f"{quoted(names)}."
    )


def refuse_unusable_strategy(strategy: str, resource: str) -> Refusal:
    """The resource has nothing that the strategy could be checked on."""
    return refuse_configuration(
        f"The '{resource}' resource has no properties that the '{strategy}' authorization strategy can be "
        "checked on. Should a different authorization strategy be used?"
    )


def refuse_unusable_view(resource: str, basis: str, member: str) -> Refusal:
    """A custom view's basis cannot be found from the resource."""
    return refuse_configuration(
        f"Unable to find a property on the authorization subject entity type '{resource}' corresponding "
        f"to the '{member}' property on the custom authorization view's basis entity type '{basis}' in "
        "order to perform authorization. Should a different authorization strategy be used?"
    )


def refuse_untracked_view(members: Sequence[str]) -> Refusal:
    """A custom view on what change queries do not keep of deleted rows."""
    return refuse_configuration(
        f"Non-identifying properties ({quoted(members)}) were found to be used for the custom view-based "
        "authorization strategy, but this is not supported by Change Queries which only tracks "
        "deleted/changed values of identifying properties. Should a different authorization strategy be used?"
    )


def refuse_actor() -> Refusal:
    """An actor, role or task that no rule of ours knows."""
    return _refusal("access-denied:actor", f"{_DENIED} No rule gives you access.")


def refuse_purpose() -> Refusal:
    """A purpose that is not on the closed list, or that this actor may not name."""
    return _refusal("access-denied:purpose", f"{_DENIED} The purpose is not one of yours.")


def refuse_role(role: str, action: Action, resource: str) -> Refusal:
    """A member of staff, or a task, whose rule does not name the resource or the action."""
    return _refusal(
        "access-denied:role",
        f"{_DENIED} Your role does not include this.",
        f"No rule lets '{role}' do '{action}' on '{resource}'.",
    )


def refuse_relationships(
    failed: Sequence[Relationship], *, subjects: Collection[str] | None = None
) -> Refusal:
    """None of the relationships holds.

    subjects: names of the subjects that were looked up, when the others were settled without (an
    organisation that is itself among the caller's claims); None when all were.
    """
    asked = [
        (relationship, subject)
        for relationship in failed
        for subject in relationship.subjects
        if subjects is None or subject.name in subjects
    ]
    claims = sorted({id_ for relationship in failed for id_ in relationship.organizations})
    names = sorted({subject.name for _, subject in asked})
    hints = list(dict.fromkeys(hint for r, s in asked if (hint := _hint(s, r.through))))
    words = f"{_DENIED} Hint: {' '.join(hints)}" if hints else _DENIED
    return Refusal(_AUTHORIZATION, words, (_unrelated(claims, names),))


def refuse_missing_element(
    names: Sequence[str], *, phase: Phase, strategies: Sequence[str] = (), is_view: bool = False
) -> Refusal:
    """A member that authorisation needs has no value.

    names: the members, by the names of `Subject`; strategies: those that need them.
    """
    words = f"{_DENIED} {_required(names, phase)}"
    family = "custom-view" if is_view else "relationships"
    match phase:
        case Phase.PROPOSED:
            return _refusal(f"{family}:access-denied:element-required", words)
        case Phase.EXISTING:
            code = f"{family}:invalid-data:element-uninitialized"
            return _refusal(code, words, *map(_inaccessible, strategies))


def refuse_namespace(prefixes: Sequence[str], *, phase: Phase) -> Refusal:
    """The namespace starts with none of the caller's prefixes."""
    return _refusal(
        "namespace:access-denied:namespace-mismatch",
        f"{_DENIED} The {_if_existing(phase)}'Namespace' value of the data does not start with any of the "
        f"caller's associated namespace prefixes ({quoted(prefixes)}).",
    )


def refuse_missing_namespace(*, phase: Phase) -> Refusal:
    """The namespace has no value."""
    words = (
        f"{_DENIED} The {_if_existing(phase)}'Namespace' value has not been assigned but is required for "
        "authorization purposes."
    )
    match phase:
        case Phase.PROPOSED:
            return _refusal("namespace:access-denied:namespace-required", words)
        case Phase.EXISTING:
            return _refusal(
                "namespace:invalid-data:namespace-uninitialized",
                words,
                "The existing resource item is inaccessible to clients using the 'NamespaceBased' "
                "authorization strategy because the 'Namespace' value has not been assigned.",
            )


def refuse_client_without_namespaces() -> Refusal:
    """The client was given no namespace prefix, and the resource asks for one."""
    return _refusal(
        "namespace:invalid-client:no-namespaces",
        "There was a problem authorizing the request. The caller has not been configured correctly for "
        "accessing resources authorized by Namespace.",
        "The API client has been given permissions on a resource that uses the 'NamespaceBased' "
        "authorization strategy but the client doesn't have any namespace prefixes assigned.",
    )


def refuse_ownership() -> Refusal:
    """The row belongs to another client."""
    return _refusal(
        "ownership:access-denied:ownership-mismatch",
        f"{_DENIED} The item is not owned by the caller.",
    )


def refuse_without_owner() -> Refusal:
    """The row belongs to nobody, and so is nobody's to reach by ownership."""
    return _refusal(
        "ownership:invalid-data:ownership-uninitialized",
        f"{_DENIED} The item is not owned by the caller.",
        "The existing resource item has no 'CreatedByOwnershipTokenId' value assigned and thus will "
        "never be accessible to clients using the 'OwnershipBased' authorization strategy.",
    )


def refuse_view(view: InView, *, phase: Phase) -> Refusal:
    """A district's custom view does not list what the row refers to."""
    hint = _view_hint(view.strategy)
    start = "The caller is not authorized to perform the requested operation on the item based on the "
    if len(view.subjects) == 1:
        error = f"{start}{phase} value of the {quoted(view.subjects)} property of the item."
    else:
        names = quoted(sorted(view.subjects))
        error = f"{start}{phase} values of one or more of the following properties of the item: {names}."
    return Refusal(_AUTHORIZATION, f"{_DENIED} Hint: {hint}", (error,))


def refuse_unmet(condition: Condition, *, phase: Phase) -> Refusal:
    """The refusal for a Grant's condition that does not hold for a row."""
    match condition:
        case AnyRelationship(alternatives=alternatives):
            return refuse_relationships(alternatives)
        case NamespaceStarts(prefixes=prefixes):
            return refuse_namespace(prefixes, phase=phase)
        case OwnedBy():
            return refuse_ownership()
        case InView():
            return refuse_view(condition, phase=phase)
        case InSections():
            return Refusal(_AUTHORIZATION, _DENIED)


def refuse_missing(condition: Condition, names: Sequence[str], *, phase: Phase) -> Refusal:
    """The refusal for a condition whose column has no value; names: the members that lack one."""
    match condition:
        case AnyRelationship(alternatives=alternatives):
            strategies = [r.strategy for r in alternatives if {s.name for s in r.subjects} & set(names)]
            return refuse_missing_element(names, phase=phase, strategies=strategies)
        case NamespaceStarts():
            return refuse_missing_namespace(phase=phase)
        case OwnedBy():
            return refuse_without_owner()
        case InView(strategy=strategy):
            return refuse_missing_element(names, phase=phase, strategies=[strategy], is_view=True)
        case InSections():
            return Refusal(_AUTHORIZATION, _DENIED)


def _refusal(kind: str, words: str, *errors: str) -> Refusal:
    return Refusal(f"{_AUTHORIZATION}:{kind}", words, errors)


def quoted(names: Iterable[str]) -> str:
    """Names as the messages list them: `'a', 'b'`."""
    return ", ".join(f"'{name}'" for name in names)


def _if_existing(phase: Phase) -> str:
    return "existing " if phase is Phase.EXISTING else ""


def _required(names: Sequence[str], phase: Phase) -> str:
    if len(names) == 1:
        return f"The {_if_existing(phase)}'{names[0]}' value is required for authorization purposes."
    return (
        f"The {_if_existing(phase)}values of one or more of the following properties are required for "
        f"authorization purposes: {quoted(names)}."
    )


def _inaccessible(strategy: str) -> str:
    return (
        "The existing resource item is inaccessible to clients using the "
        f"'{strategy}' authorization strategy."
    )


def _unrelated(claims: Sequence[int], names: Sequence[str]) -> str:
    shown = [str(id_) for id_ in claims[:_SHOWN_CLAIMS]]
    text = ", ".join([*shown, "..."] if len(claims) > _SHOWN_CLAIMS else shown) or "none"
    start = (
        "No relationships have been established between the caller's education organization id "
        f"{'claim' if len(claims) == 1 else 'claims'} ({text}) and "
    )
    if len(names) == 1:
        return f"{start}the resource item's {quoted(names)} value."
    return f"{start}one or more of the following properties of the resource item: {quoted(names)}."


def _hint(subject: Subject, through: Through) -> str | None:
    match subject.person:
        case None:
            return None
        case Person.STUDENT:
            return _RESPONSIBILITY_HINT if through is Through.RESPONSIBILITY else _STUDENT_HINT
        case Person.STAFF:
            return _STAFF_HINT
        case Person.CONTACT:
            return _CONTACT_HINT


def _view_hint(strategy: str) -> str:
    """`StudentWithCTECourseEnrollments`: 'You may need a Student with CTE Course Enrollments.'"""
    terms = (t.lower() if _SMALL_WORD.fullmatch(t) else t for t in _TERM.findall(strategy))
    text = " ".join(terms)
    return f"You may need {'an' if text[:1] in 'AEIOU' else 'a'} {text}."
