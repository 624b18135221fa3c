"""Claims as other platforms write them down, read into a `ClaimBook`.

Two shapes: a whole document with `claimSets` and `claimsHierarchy`, and fragments (`*-claimset.json`)
that add claims or grant one claim set something. Member names are matched in any letter case, with or
without a leading underscore, because the documents in use differ in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.trust.claims import ByAction, Claim, ClaimBook, ClaimSet, Strategies, claim_name, claim_set_key
from homeroom.trust.grant import Action

_ACTIONS = {action.value.casefold(): action for action in Action}


@dataclass(frozen=True, slots=True)
class ClaimDocument:
    """One document: its file name, and its content as JSON text or as the value parsed from it."""

    name: str
    content: object


@dataclass(frozen=True, slots=True)
class ParsedClaims:
    """What documents say; book is None when they cannot be used, and the findings tell why."""

    book: ClaimBook | None
    findings: tuple[Finding, ...] = ()


class _Strategy(msgspec.Struct):
    name: str | None = None
    authstrategyname: str | None = None
    authorizationstrategyname: str | None = None


class _Action(msgspec.Struct):
    name: str | None = None
    actionname: str | None = None
    enabled: bool = True
    authorizationstrategies: list[_Strategy] | None = None
    authorizationstrategyoverrides: list[_Strategy] | None = None


class _Default(msgspec.Struct):
    actions: list[_Action] = []


class _Grant(msgspec.Struct):
    name: str
    actions: list[_Action] | None = None


class _Node(msgspec.Struct):
    name: str
    defaultauthorization: _Default | None = None
    claimsets: list[_Grant] | None = None
    claims: list[_Node] | None = None


class _ClaimSet(msgspec.Struct):
    claimsetname: str
    issystemreserved: bool = False


class _Whole(msgspec.Struct):
    claimshierarchy: list[_Node]
    claimsets: list[_ClaimSet] = []


class _FragmentClaim(msgspec.Struct):
    name: str
    isparent: bool = False
    actions: list[_Action] | None = None
    children: list[_FragmentClaim] | None = None
    claimsets: list[_Grant] | None = None
    authorizationstrategyoverridesforcrud: list[_Action | None] | None = None
    defaultauthorizationstrategiesforcrud: list[_Action | None] | None = None


class _Fragment(msgspec.Struct):
    name: str | None = None
    resourceclaims: list[_FragmentClaim] = []


def parse_claims(documents: Sequence[ClaimDocument]) -> ParsedClaims:
    """One whole document and any fragments, which are applied in the order of their names."""
    contents, findings = _contents(documents)
    wholes = [(d, c) for d, c in contents if isinstance(c, _Whole)]
    if len(wholes) != 1:
        words = f"{len(wholes)} documents have a claimsHierarchy; exactly one must."
        findings.append(Finding("claims.no_baseline", words, remedy="Send one baseline and any fragments."))
    if any(f.severity is Severity.ERROR for f in findings):
        return ParsedClaims(None, tuple(findings))
    book = _book(wholes[0][1])
    fragments = [(d, c) for d, c in contents if isinstance(c, _Fragment)]
    for document, fragment in sorted(fragments, key=lambda pair: pair[0].name):
        book = _apply(book, fragment, document=document, findings=findings)
    return ParsedClaims(book, tuple(findings))


def _contents(
    documents: Sequence[ClaimDocument],
) -> tuple[list[tuple[ClaimDocument, _Whole | _Fragment]], list[Finding]]:
    contents: list[tuple[ClaimDocument, _Whole | _Fragment]] = []
    findings: list[Finding] = []
    for document in documents:
        try:
            contents.append((document, _content(document.content)))
        except (msgspec.MsgspecError, RecursionError) as fault:
            findings.append(_finding("claims.unreadable", str(fault), document=document))
    return contents, findings


def _content(content: object) -> _Whole | _Fragment:
    parsed = msgspec.json.decode(content) if isinstance(content, str | bytes) else content
    folded = _folded(parsed)
    if isinstance(folded, dict) and "claimshierarchy" in folded:
        return msgspec.convert(folded, _Whole)
    return msgspec.convert(folded, _Fragment)


def _folded(value: object) -> object:
    """The value with every member name in lower case and without a leading underscore."""
    if isinstance(value, dict):
        return {str(name).lstrip("_").lower(): _folded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value


def _book(whole: _Whole) -> ClaimBook:
    claim_sets = tuple(ClaimSet(s.claimsetname, s.issystemreserved) for s in whole.claimsets)
    book = ClaimBook(tuple(map(_claim, whole.claimshierarchy)), claim_sets)
    return book.naming(_granted_names(whole.claimshierarchy))


def _granted_names(nodes: Iterable[_Node]) -> list[str]:
    names: list[str] = []
    for node in nodes:
        names += [grant.name for grant in node.claimsets or ()]
        names += _granted_names(node.claims or ())
    return names


def _claim(node: _Node) -> Claim:
    default = node.defaultauthorization.actions if node.defaultauthorization else ()
    granted = {claim_set_key(g.name): _by_action(g.actions or ()) for g in node.claimsets or ()}
    return Claim(claim_name(node.name), _by_action(default), granted, tuple(map(_claim, node.claims or ())))


def _by_action(actions: Iterable[_Action | None]) -> ByAction:
    """Strategies of the enabled actions; an action the API does not have grants nothing."""
    by_action: dict[Action, Strategies] = {}
    for item in actions:
        action = _ACTIONS.get((item.name or item.actionname or "").casefold()) if item else None
        if item and action and item.enabled:
            by_action[action] = _strategies(item)
    return by_action


def _strategies(action: _Action) -> Strategies:
    listed = action.authorizationstrategies or action.authorizationstrategyoverrides or ()
    names = (s.name or s.authstrategyname or s.authorizationstrategyname for s in listed)
    return tuple(name for name in names if name)


def _apply(
    book: ClaimBook, fragment: _Fragment, *, document: ClaimDocument, findings: list[Finding]
) -> ClaimBook:
    stem = document.name.rsplit("/", 1)[-1].removesuffix(".json")
    claim_set = fragment.name or stem
    for claim in fragment.resourceclaims:
        if claim.isparent:
            book = _add_parent(book, claim)
        elif found := _find(book, claim.name):
            book = _add_grant(book, found, claim=claim, claim_set=claim_set)
        else:
            words = f"No claim '{claim.name}' exists to grant '{claim_set}' something on."
            findings.append(
                _finding("claims.unknown_claim", words, document=document, severity=Severity.WARNING)
            )
    return book


def _add_parent(book: ClaimBook, claim: _FragmentClaim) -> ClaimBook:
    """A domain with its children; one that exists gets the children, and the claim sets it lacks."""
    children = [child.name for child in claim.children or ()]
    granted = {g.name: _by_action(g.actions or ()) for g in claim.claimsets or () if g.actions}
    default = _by_action(claim.defaultauthorizationstrategiesforcrud or ())
    book = book.with_claims(claim.name, children, default=default, granted=granted)
    parent = book.lineage(claim.name)[0]
    by_key = {claim_set_key(name): actions for name, actions in granted.items()}
    return book.replacing(replace(parent, granted={**by_key, **parent.granted})).naming(granted)


def _add_grant(book: ClaimBook, found: Claim, *, claim: _FragmentClaim, claim_set: str) -> ClaimBook:
    """The claim set's actions on one claim; what the claim says of the claim set already stays."""
    actions = _by_action(claim.authorizationstrategyoverridesforcrud or ()) or _by_action(claim.actions or ())
    disabled = {(a.name or "").casefold() for a in claim.actions or () if not a.enabled}
    actions = {a: strategies for a, strategies in actions.items() if a.value.casefold() not in disabled}
    if not actions:
        return book
    granted = {claim_set_key(claim_set): actions, **found.granted}
    return book.replacing(replace(found, granted=granted)).naming([claim_set])


def _find(book: ClaimBook, name: str) -> Claim | None:
    """The claim of a fragment, which may name it in the plural."""
    for candidate in (name, _singular(name)):
        if lineage := book.lineage(candidate):
            return lineage[0]
    return None


def _singular(name: str) -> str:
    if name.lower().endswith("ies"):
        return name[:-3] + "y"
    return name.removesuffix("s").removesuffix("S")


def _finding(
    code: str, words: str, *, document: ClaimDocument, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(
        code, words, Place(file=document.name), "Correct the document and send it again.", severity
    )
