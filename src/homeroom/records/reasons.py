"""Why an actor may or may not do something: the policy's own decision, put into words."""

from __future__ import annotations

import msgspec

from homeroom.base.errors import SettingsError
from homeroom.records.district import District
from homeroom.standard.model import Model
from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    InSections,
    InView,
    NamespaceStarts,
    OwnedBy,
    Relationship,
)
from homeroom.trust.accounts import find_staff_member
from homeroom.trust.actors import Actor, Operator
from homeroom.trust.claim_store import claim_book
from homeroom.trust.clients import find_client
from homeroom.trust.grant import Action, Grant, Refusal
from homeroom.trust.policy import Rulebook, decide
from homeroom.trust.purposes import Purpose, default_purpose


class Explain(msgspec.Struct, frozen=True):
    """Who (one of client_key, login and task) and what.

    resource: a name or an endpoint. purpose: None for the actor's usual one.
    """

    resource: str
    operation: Action
    client_key: str = ""
    login: str = ""
    task: str = ""
    purpose: Purpose | None = None


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decision. conditions: all must hold for a row; hidden: members that are not shown."""

    actor: str
    purpose: str
    operation: str
    resource: str
    allowed: bool
    basis: str = ""
    conditions: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    code: str = ""
    reasons: tuple[str, ...] = ()


async def explain_decision(district: District, wanted: Explain) -> Explanation:
    """What the policy decides, and why. Raises SettingsError for an actor or resource that is not there."""
    actor = await _actor(district, wanted)
    purpose = wanted.purpose or default_purpose(actor)
    if purpose is None:
        raise SettingsError(f"{actor.label} has a role that nobody has described, and may do nothing.")
    model = district.catalog.model
    resource = _resource_name(model, wanted.resource)
    rulebook = Rulebook(model, await claim_book(district), district.sealing.classification)
    decision = decide(rulebook, actor, purpose=purpose, action=wanted.operation, resource=resource)
    facts = (actor.label, purpose.value, wanted.operation.value, resource)
    match decision:
        case Grant():
            conditions = tuple(describe_condition(c) for c in decision.conditions)
            return Explanation(
                *facts,
                allowed=True,
                basis=decision.basis,
                conditions=conditions,
                hidden=tuple(sorted(decision.hidden)),
            )
        case Refusal():
            return Explanation(
                *facts, allowed=False, code=decision.code, reasons=(decision.words, *decision.errors)
            )


def describe_condition(condition: Condition) -> str:
    """A condition of a Grant in one sentence, naming members and never a value of a record."""
    match condition:
        case AnyRelationship(alternatives=alternatives):
            return "One of: " + "; ".join(map(_describe_relationship, alternatives)) + "."
        case NamespaceStarts(column=column, prefixes=prefixes):
            return f"{column} begins with one of {', '.join(prefixes)}."
        case OwnedBy():
            return "The record was created by this client or one that shares its ownership."
        case InView(strategy=strategy, subjects=subjects):
            return f"The view {strategy} lists {', '.join(subjects)}."
        case InSections(is_section=is_section):
            return (
                "The section is one they teach." if is_section else "The student is in a section they teach."
            )


def _describe_relationship(relationship: Relationship) -> str:
    names = ", ".join(subject.name for subject in relationship.subjects)
    organizations = ", ".join(map(str, relationship.organizations)) or "no organization"
    return f"{names} within {organizations} ({relationship.strategy})"


async def _actor(district: District, wanted: Explain) -> Actor:
    actor: Actor | None = None
    if wanted.client_key:
        actor = await find_client(district.database, key=wanted.client_key)
    elif wanted.login:
        actor = await find_staff_member(district.database, login=wanted.login)
    elif wanted.task:
        actor = Operator(wanted.task)
    if actor is None:
        raise SettingsError("There is nobody of that client_key or login, or none was named.")
    return actor


def _resource_name(model: Model, asked: str) -> str:
    wanted = asked.strip("/").rpartition("/")[2].lower()
    for resource in model.resources.values():
        if wanted in {resource.name.lower(), resource.endpoint.lower()}:
            return resource.name
    raise SettingsError(f"There is no resource {asked!r}.")
