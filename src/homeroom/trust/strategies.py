"""Authorisation strategies to row conditions (edfi-api.md 2.2 step 4, 2.4).

Pure. Relationship strategies are alternatives, any one of which is enough; every other must hold too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from homeroom.standard.model import Model, Resource
from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    NamespaceStarts,
    OwnedBy,
    Relationship,
    Subject,
)
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Refusal
from homeroom.trust.refusals import (
    refuse_client_without_namespaces,
    refuse_unknown_strategies,
    refuse_untracked_view,
    refuse_unusable_strategy,
    refuse_unusable_view,
)
from homeroom.trust.subjects import (
    RELATIONSHIP_RULES,
    ViewBasis,
    namespace_column,
    subjects_for,
    subjects_of,
    view_basis,
)

_NO_FURTHER: Final = "NoFurtherAuthorizationRequired"
_NAMESPACE: Final = "NamespaceBased"
_OWNERSHIP: Final = "OwnershipBased"
# Strategy names compare in any letter case; these are the spellings we go on with.
_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType(
    {name.casefold(): name for name in (_NO_FURTHER, _NAMESPACE, _OWNERSHIP, *RELATIONSHIP_RULES)}
)
# A custom view's name becomes an identifier in SQL, so it must be able to be nothing else.
_VIEW_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def strategy_conditions(
    model: Model, client: ApiClient, *, action: Action, resource: Resource, strategies: Sequence[str]
) -> tuple[Condition, ...] | Refusal:
    """What the strategies ask of each row, or the refusal when one of them cannot be followed.

    The conditions that need no look at relationships come first, as their refusals do in the ODS/API.
    """
    names = list(dict.fromkeys(_SPELLINGS.get(name.casefold(), name) for name in strategies))
    unknown = [name for name in names if not _is_known(model, resource, name)]
    if unknown:
        return refuse_unknown_strategies(unknown)
    conditions: list[Condition] = []
    for name in names:
        if name in RELATIONSHIP_RULES or name == _NO_FURTHER:
            continue
        found = _condition(model, client, action=action, resource=resource, name=name)
        if isinstance(found, Refusal):
            return found
        conditions.append(found)
    relationships = [name for name in names if name in RELATIONSHIP_RULES]
    if relationships:
        alternatives = _alternatives(client, resource, relationships)
        if not alternatives:
            return refuse_unusable_strategy(relationships[0], resource.name)
        conditions.append(AnyRelationship(alternatives))
    return tuple(conditions)


def relationship(
    strategy: str, subjects: Sequence[Subject], organizations: tuple[int, ...]
) -> Relationship | None:
    """The strategy as a condition for these organisations; None when it looks at none of the subjects."""
    rule = RELATIONSHIP_RULES[strategy]
    checked = subjects_for(rule, subjects)
    if not checked:
        return None
    return Relationship(
        strategy, checked, organizations, rule.is_inverted, rule.through, rule.includes_deleted
    )


def _is_known(model: Model, resource: Resource, name: str) -> bool:
    if name.casefold() in _SPELLINGS:
        return True
    return bool(_VIEW_NAME.fullmatch(name)) and view_basis(model, resource, strategy=name) is not None


def _alternatives(
    client: ApiClient, resource: Resource, strategies: Sequence[str]
) -> tuple[Relationship, ...]:
    subjects = subjects_of(resource)
    found = (relationship(name, subjects, client.organizations) for name in strategies)
    return tuple(alternative for alternative in found if alternative is not None)


def _condition(
    model: Model, client: ApiClient, *, action: Action, resource: Resource, name: str
) -> Condition | Refusal:
    if name == _NAMESPACE:
        return _namespace(client, resource)
    if name == _OWNERSHIP:
        return OwnedBy(client.ownership)
    return _view(model, action=action, resource=resource, strategy=name)


def _namespace(client: ApiClient, resource: Resource) -> Condition | Refusal:
    column = namespace_column(resource)
    if column is None:
        return refuse_unusable_strategy(_NAMESPACE, resource.name)
    # An empty prefix would begin every namespace there is.
    prefixes = tuple(prefix for prefix in client.namespace_prefixes if prefix.strip())
    return NamespaceStarts(column, prefixes) if prefixes else refuse_client_without_namespaces()


def _view(model: Model, *, action: Action, resource: Resource, strategy: str) -> Condition | Refusal:
    match view_basis(model, resource, strategy=strategy):
        case None:
            return refuse_unknown_strategies([strategy])
        case Resource() as basis:
            return refuse_unusable_view(resource.name, basis.name, basis.key[0].column)
        case ViewBasis(condition=condition, is_tracked=False) if action is Action.READ_CHANGES:
            return refuse_untracked_view(condition.subjects)
        case ViewBasis(condition=condition):
            return condition
