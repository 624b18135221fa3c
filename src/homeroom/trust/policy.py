"""The decision: who may do what with which records, and why (edfi-api.md 2.2; DESIGN 6).

Pure, and closed by default: an actor, role, task, purpose, action or resource that no rule names is
refused. What a rule allows comes back as a `Grant`, whose conditions the store puts into its statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Model, Resource
from homeroom.trust.actors import Actor, ApiClient, Operator, StaffMember
from homeroom.trust.claims import ClaimBook, Granted, LacksAction, LacksClaim, NoMetadata, NoStrategies
from homeroom.trust.grant import Action, Decision, Grant, Refusal
from homeroom.trust.purposes import Purpose, purposes_of
from homeroom.trust.refusals import (
    refuse_actor,
    refuse_purpose,
    refuse_role,
    refuse_unclaimed,
    refuse_without_metadata,
)
from homeroom.trust.staff_rules import hidden_members, staff_conditions
from homeroom.trust.strategies import strategy_conditions

_ACTIONS: Final = frozenset(Action)
_TASKS: Final = {
    "load": frozenset({Action.CREATE, Action.READ, Action.UPDATE, Action.DELETE}),
    "replay": frozenset({Action.CREATE, Action.READ, Action.UPDATE}),
    "seed": frozenset({Action.CREATE, Action.READ, Action.UPDATE}),
    "undo": frozenset({Action.CREATE, Action.READ, Action.UPDATE, Action.DELETE}),
    "snapshot": frozenset({Action.DELETE}),
    "delta": frozenset({Action.DELETE}),
    "purge": frozenset({Action.DELETE}),
    "check": frozenset({Action.READ}),
    "suggest": frozenset({Action.READ}),
    "match": frozenset({Action.CREATE, Action.READ, Action.UPDATE, Action.DELETE}),
    "export": frozenset({Action.READ, Action.READ_CHANGES}),
}


@dataclass(frozen=True)
class Rulebook:
    """All that decisions rest on; a change of any part makes a new rulebook."""

    model: Model
    claims: ClaimBook
    classification: ClassificationTable


def decide(rulebook: Rulebook, actor: Actor, *, purpose: Purpose, action: Action, resource: str) -> Decision:
    """Leave for the actor to do the action on the resource, for the purpose, or the refusal.

    resource: its name in the Model (`StudentSchoolAssociation`).
    """
    known = rulebook.model.resources.get(resource)
    if known is None or action not in _ACTIONS:
        return refuse_without_metadata()
    return _decide(rulebook, actor, purpose=purpose, action=action, resource=known)


class PolicyCache:
    """Decisions under one rulebook, each made once.

    limit: decisions kept; at the limit all are dropped, as they cost little to make again.
    """

    def __init__(self, rulebook: Rulebook, *, limit: int = 65_536) -> None:
        self.rulebook = rulebook
        self._limit = limit
        self._decisions: dict[tuple[Actor, Purpose, Action, str], Decision] = {}

    def decide(self, actor: Actor, *, purpose: Purpose, action: Action, resource: str) -> Decision:
        """The same as `policy.decide`, without deciding twice."""
        question = (actor, purpose, action, resource)
        decision = self._decisions.get(question)
        if decision is None:
            decision = decide(self.rulebook, actor, purpose=purpose, action=action, resource=resource)
            if len(self._decisions) >= self._limit:
                self._decisions.clear()
            self._decisions[question] = decision
        return decision


def _decide(
    rulebook: Rulebook, actor: object, *, purpose: Purpose, action: Action, resource: Resource
) -> Decision:
    match actor:
        case ApiClient() | StaffMember() | Operator() if purpose not in purposes_of(actor):
            return refuse_purpose() if purposes_of(actor) else refuse_actor()
        case ApiClient():
            return _decide_client(rulebook, actor, purpose=purpose, action=action, resource=resource)
        case StaffMember():
            return _decide_staff(rulebook, actor, purpose=purpose, action=action, resource=resource)
        case Operator(task=task):
            if action not in _TASKS.get(task, frozenset()):
                return refuse_role(task, action, resource.name) if task in _TASKS else refuse_actor()
            return Grant(actor, purpose, action, resource.name, basis=f"task {task}")
        case _:
            return refuse_actor()


def _decide_client(
    rulebook: Rulebook, client: ApiClient, *, purpose: Purpose, action: Action, resource: Resource
) -> Decision:
    match rulebook.claims.resolve(client.claim_set, resource.claim, action):
        case NoMetadata() | LacksClaim() | LacksAction() | NoStrategies() as lacking:
            return refuse_unclaimed(lacking, client.claim_set, action)
        case Granted(strategies=strategies, claim=claim):
            conditions = strategy_conditions(
                rulebook.model, client, action=action, resource=resource, strategies=strategies
            )
            if isinstance(conditions, Refusal):
                return conditions
            basis = f"claim set {client.claim_set}, claim {claim}: {', '.join(strategies)}"
            return Grant(client, purpose, action, resource.name, conditions, basis=basis)


def _decide_staff(
    rulebook: Rulebook, member: StaffMember, *, purpose: Purpose, action: Action, resource: Resource
) -> Decision:
    allowed = staff_conditions(rulebook.classification, member, action=action, resource=resource)
    if allowed is None:
        return refuse_role(member.role, action, resource.name)
    if purpose not in rulebook.classification.of(resource.name, "$").purposes:
        return refuse_purpose()
    hidden = hidden_members(rulebook.classification, resource, purpose)
    if hidden is None:
        return refuse_purpose()
    basis = f"role {member.role}: {allowed.why}"
    return Grant(member, purpose, action, resource.name, allowed.conditions, hidden, basis)
