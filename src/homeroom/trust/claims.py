"""The claim tree and the claim sets: which client may do what, and under which strategies.

Pure. A claim inherits from the claims above it; a claim set names claims and actions, and may put
strategies of its own in place of the defaults (edfi-api.md 2.1, 2.2, 2.5, 2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

import msgspec

from homeroom.standard.read import read_source
from homeroom.trust.grant import Action

CLAIM_PREFIX: Final = "http://ed-fi.org/ods/identity/claims/"
_PREFIXES: Final = (CLAIM_PREFIX, "http://ed-fi.org/identity/claims/")
_CORE: Final = "ed-fi/"

Strategies = tuple[str, ...]
"""Strategy names that apply together; in a claim set's own list, none means the defaults apply."""

ByAction = Mapping[Action, Strategies]
"""Strategies by the action they guard."""

_NO_DEFAULT: Final[ByAction] = MappingProxyType({})
_NO_GRANTS: Final[Mapping[str, ByAction]] = MappingProxyType({})


def claim_name(uri: str) -> str:
    """`http://ed-fi.org/ods/identity/claims/ed-fi/student` to `ed-fi/student`; other addresses stay whole."""
    folded = uri.casefold()
    for prefix in _PREFIXES:
        if folded.startswith(prefix):
            return uri[len(prefix) :]
    return uri


def claim_uri(name: str) -> str:
    """How messages and documents spell a claim: the ODS/API's form of the address."""
    return name if "://" in name else CLAIM_PREFIX + name


def claim_set_key(name: str) -> str:
    """What two spellings of one claim set share: `SIS Vendor`, `SIS-Vendor` and `SISVendor` are the same."""
    return name.replace(" ", "").replace("-", "").casefold()


@dataclass(frozen=True, slots=True)
class Claim:
    """A node of the tree.

    default: strategies for those who hold the claim; an action absent here is looked up above.
    granted: by claim set key, the actions it may do here and the strategies that replace the default.
    """

    name: str
    default: ByAction = field(default_factory=dict)
    granted: Mapping[str, ByAction] = field(default_factory=dict)
    children: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """A named set of permissions, as its documents spell it."""

    name: str
    is_system_reserved: bool = False


@dataclass(frozen=True, slots=True)
class NoMetadata:
    """Nobody has said who may use the resource at all."""


@dataclass(frozen=True, slots=True)
class LacksClaim:
    """The claim set holds none of the claims that would do; lineage: their addresses, nearest first."""

    lineage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LacksAction:
    """The claim set holds a claim, but not for this action; lineage: addresses, nearest first."""

    lineage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoStrategies:
    """The action is granted, but no strategy says how; claim: the address that granted it."""

    lineage: tuple[str, ...]
    claim: str


@dataclass(frozen=True, slots=True)
class Granted:
    """The action is granted under these strategies; claim: the address that granted it."""

    strategies: Strategies
    claim: str


Resolution = NoMetadata | LacksClaim | LacksAction | NoStrategies | Granted


class ActionView(msgspec.Struct, frozen=True, rename="camel"):
    """One action of a claim in a claim set, and the strategies that replace its default."""

    name: str
    authorization_strategy_overrides: tuple[str, ...] = ()


class ResourceClaimView(msgspec.Struct, frozen=True, rename="camel"):
    """One claim of a claim set."""

    name: str
    actions: tuple[ActionView, ...]


class ClaimSetView(msgspec.Struct, frozen=True, rename="camel"):
    """A claim set as the `view_claim_sets` action prints it."""

    name: str
    resource_claims: tuple[ResourceClaimView, ...]
    is_system_reserved: bool = False


@dataclass(frozen=True)
class ClaimBook:
    """Every claim and claim set of a district; changes make a new book."""

    claims: tuple[Claim, ...]
    claim_sets: tuple[ClaimSet, ...]

    @cached_property
    def _lineages(self) -> Mapping[str, tuple[Claim, ...]]:
        """Folded name to the claim and those above it, nearest first; the first place in the tree wins."""
        found: dict[str, tuple[Claim, ...]] = {}
        for lineage in _walk(self.claims, ()):
            found.setdefault(lineage[0].name.casefold(), lineage)
        return found

    def lineage(self, resource_claim: str) -> tuple[Claim, ...]:
        """The claim and those above it, nearest first; empty when there is no such claim.

        A claim of the standard may stand in older documents without its schema (`student`).
        """
        name = claim_name(resource_claim).casefold()
        return self._lineages.get(name) or self._lineages.get(name.removeprefix(_CORE), ())

    def resolve(self, claim_set: str, resource_claim: str, action: Action) -> Resolution:
        """Whether the claim set may do the action on the resource, and under which strategies."""
        lineage = self.lineage(resource_claim)
        if not lineage:
            return NoMetadata()
        names = tuple(claim_uri(claim.name) for claim in lineage)
        key = claim_set_key(claim_set)
        held = [(claim, claim.granted[key]) for claim in lineage if key in claim.granted]
        if not held:
            return LacksClaim(names)
        granting = [(claim, actions[action]) for claim, actions in held if action in actions]
        if not granting:
            return LacksAction(names)
        source = claim_uri(granting[0][0].name)
        own = next((strategies for _, strategies in granting if strategies), ())
        strategies = own or _default(lineage, action)
        return Granted(strategies, source) if strategies else NoStrategies(names, source)

    def view_claim_sets(self) -> tuple[ClaimSetView, ...]:
        """Every claim set with the claims it holds, in the order of the tree."""
        return tuple(self._view(claim_set) for claim_set in self.claim_sets)

    def _view(self, claim_set: ClaimSet) -> ClaimSetView:
        key = claim_set_key(claim_set.name)
        held = (lineage[0] for lineage in _walk(self.claims, ()) if key in lineage[0].granted)
        claims = tuple(
            ResourceClaimView(
                claim_uri(claim.name),
                tuple(ActionView(action.value, own) for action, own in claim.granted[key].items()),
            )
            for claim in held
        )
        return ClaimSetView(claim_set.name, claims, claim_set.is_system_reserved)

    def with_claims(
        self,
        parent: str,
        names: Iterable[str],
        *,
        default: ByAction = _NO_DEFAULT,
        granted: Mapping[str, ByAction] = _NO_GRANTS,
    ) -> ClaimBook:
        """A book with claims added below a parent, which is made at the root when it is new.

        default, granted: what a new parent says; granted is by claim set name. An extension's resources
        go under a domain of theirs, its descriptors under `domains/systemDescriptors`. Names that have a
        claim already are left where they are, so that adding an extension twice changes nothing.
        """
        known = self._lineages
        children = tuple(
            Claim(claim_name(name)) for name in names if claim_name(name).casefold() not in known
        )
        above = self.lineage(parent)
        if above:
            return self.replacing(replace(above[0], children=above[0].children + children))
        by_key = {claim_set_key(name): actions for name, actions in granted.items()}
        root = Claim(claim_name(parent), default, by_key, children)
        return replace(self, claims=(*self.claims, root)).naming(granted)

    def replacing(self, changed: Claim) -> ClaimBook:
        """A book in which the claim of that name says what `changed` says."""
        return replace(self, claims=tuple(_replaced(claim, changed) for claim in self.claims))

    def naming(self, names: Iterable[str]) -> ClaimBook:
        """A book that also lists these claim sets, so that they can be viewed and chosen."""
        known = {claim_set_key(s.name) for s in self.claim_sets}
        new = {claim_set_key(name): name for name in names if claim_set_key(name) not in known}
        return replace(self, claim_sets=(*self.claim_sets, *map(ClaimSet, new.values()))) if new else self


def load_claim_book(version: str) -> ClaimBook:
    """The claims that come with a standard version."""
    source = msgspec.json.decode(read_source(version, "authorization"), type=_Source)
    claim_sets = tuple(ClaimSet(name, is_system_reserved=True) for name in source.claim_sets)
    return ClaimBook(tuple(map(_claim, source.tree)), claim_sets)


class _SourceClaim(msgspec.Struct, rename="camel"):
    name: str
    default: dict[Action, tuple[str, ...]] = {}
    claim_sets: dict[str, dict[Action, tuple[str, ...]]] = {}
    claims: list[_SourceClaim] = []


class _Source(msgspec.Struct, rename="camel"):
    claim_sets: list[str]
    tree: list[_SourceClaim]


def _claim(source: _SourceClaim) -> Claim:
    granted = {claim_set_key(name): actions for name, actions in source.claim_sets.items()}
    return Claim(claim_name(source.name), source.default, granted, tuple(map(_claim, source.claims)))


def _walk(claims: Iterable[Claim], above: tuple[Claim, ...]) -> Iterator[tuple[Claim, ...]]:
    for claim in claims:
        lineage = (claim, *above)
        yield lineage
        yield from _walk(claim.children, lineage)


def _default(lineage: tuple[Claim, ...], action: Action) -> Strategies:
    return next((claim.default[action] for claim in lineage if claim.default.get(action)), ())


def _replaced(claim: Claim, changed: Claim) -> Claim:
    if claim.name.casefold() == changed.name.casefold():
        return changed
    children = tuple(_replaced(child, changed) for child in claim.children)
    return claim if children == claim.children else replace(claim, children=children)
