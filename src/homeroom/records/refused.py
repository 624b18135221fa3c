"""What no district may hold (T4), or this one needs for nothing, is taken out at the door; whoever sent it is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.records.district import Sealing
from homeroom.standard.classification_rules import RefusedCodes
from homeroom.standard.documents import Document
from homeroom.standard.model import Model, Resource
from homeroom.standard.needs import Steps

REFUSED_MEMBER = "refused.member"
REFUSED_RECORD = "refused.record"
UNNEEDED = "refused.unneeded"


def drop_refused(sealing: Sealing, resource: Resource, document: Document) -> list[Finding]:
    """Takes refused members and items out of the document.

    A warning names each; an error instead says that the record as a whole is of a refused kind.
    """
    found: list[Finding] = []
    for member in sealing.refused_members(resource):
        if getattr(document, member) is not None:
            setattr(document, member, None)
            found.append(_dropped(f"$.{member}"))
    for codes in sealing.refused_codes(resource):
        if codes.path == "$":
            if codes.is_refused(getattr(document, codes.member) or ""):
                return [_refused_whole(f"$.{codes.member}")]
            continue
        name = codes.path.removeprefix("$.").removesuffix("[*]")
        items = getattr(document, name) or []
        kept = [item for item in items if not codes.is_refused(getattr(item, codes.member) or "")]
        if len(kept) < len(items):
            setattr(document, name, kept or None)
            found.append(_dropped(f"$.{name}"))
    gone = (each.path for each in sealing.unneeded(resource) if _clear(document, each.steps))
    return found + [_not_needed(resource.name, path) for path in gone]


def _clear(holder: Document, steps: Steps) -> bool:
    """Takes a member out, of every item on the way; whether it was there."""
    (name, is_collection), rest = steps[0], steps[1:]
    value = getattr(holder, name)
    if value is None:
        return False
    if not rest:
        setattr(holder, name, None)
        return True
    cleared = [_clear(item, rest) for item in (value if is_collection else (value,))]
    return any(cleared)


def refused_roots(sealing: Sealing, resource: Resource) -> frozenset[str]:
    """Root members of which something may be refused; `$` where that is the record as a whole."""
    paths = (codes.path.removeprefix("$.").removesuffix("[*]") for codes in sealing.refused_codes(resource))
    unneeded = (each.steps[0][0] for each in sealing.unneeded(resource))
    return sealing.refused_members(resource) | frozenset(paths) | frozenset(unneeded)


def strip_refused(sealing: Sealing, model: Model, name: str, text: bytes) -> bytes:
    """A record's text as it came, without what no district may hold; empty where that cannot be told apart.

    name: a resource's, or what the file calls a record that the standard does not know.
    """
    resource = model.resources.get(name)
    resources = [resource] if resource else [*model.resources.values()]
    if not any(refused_roots(sealing, each) for each in resources):
        return text
    try:
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        kept = dict(_kept_members(sealing, resource, members)) if resource else members
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return b"" if _words_of(sealing, resources).search(text) else text
    if resource is None:
        return b"" if _words_of(sealing, resources).search(text) else text
    if kept == members:
        return text
    return msgspec.json.encode(kept) if kept else b""


def _kept_members(
    sealing: Sealing, resource: Resource, members: dict[str, msgspec.Raw]
) -> Iterable[tuple[str, msgspec.Raw]]:
    gone = {member.casefold() for member in sealing.refused_members(resource)}
    by_root = {
        codes.path.removeprefix("$.").removesuffix("[*]"): codes for codes in sealing.refused_codes(resource)
    }
    unneeded: dict[str, list[Steps]] = {}
    for each in sealing.unneeded(resource):
        unneeded.setdefault(each.steps[0][0], []).append(each.steps[1:])
    whole = by_root.get("$")
    if whole and whole.is_refused(_text_of(members.get(whole.member))):
        return
    for name, raw in members.items():
        codes = by_root.get(name)
        if name.casefold() in gone:
            continue
        left = raw if codes is None else _without_codes(codes, raw)
        if name in unneeded:
            value = _without(msgspec.json.decode(left), unneeded[name])
            if value is None:
                continue
            left = msgspec.Raw(msgspec.json.encode(value))
        yield name, left


def _without_codes(codes: RefusedCodes, raw: msgspec.Raw) -> msgspec.Raw:
    items = msgspec.json.decode(raw, type=list[dict[str, msgspec.Raw]])
    kept = [item for item in items if not codes.is_refused(_text_of(item.get(codes.member)))]
    return raw if len(kept) == len(items) else msgspec.Raw(msgspec.json.encode(kept))


def _without(value: object, ways: Iterable[Steps]) -> object:
    """A member's value as it came, without what is unneeded of it; None where that is all of it."""
    if any(not steps for steps in ways):
        return None
    for steps in ways:
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and steps[0][0] in item:
                left = _without(item.pop(steps[0][0]), [steps[1:]])
                item.update({} if left is None else {steps[0][0]: left})
    return value


def _text_of(raw: msgspec.Raw | None) -> str:
    found = msgspec.json.decode(raw) if raw is not None else ""
    return found if isinstance(found, str) else ""


def _words_of(sealing: Sealing, resources: list[Resource]) -> re.Pattern[bytes]:
    names = frozenset().union(*(sealing.refused_members(each) for each in resources))
    codes = frozenset().union(*(c.codes for each in resources for c in sealing.refused_codes(each)))
    return _pattern(names, codes)


@cache
def _pattern(names: frozenset[str], codes: frozenset[str]) -> re.Pattern[bytes]:
    """Finds a member's name, as JSON or XML writes it, or one of the codes, in any letter case."""
    stems = (
        re.escape(name.removesuffix("Descriptor").removesuffix("s")) + "s?(?:Descriptor)?" for name in names
    )
    values = (re.escape(code).replace(r"\ ", r"\s*") for code in codes)
    words = "|".join(sorted((*stems, *values)))
    return re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])".encode(), re.IGNORECASE)


def _dropped(path: str) -> Finding:
    words = f"{path.removeprefix('$.')} holds what this district may not keep; it was not stored."
    return Finding(
        REFUSED_MEMBER, words, Place(path=path), "Leave it out of what you send.", Severity.WARNING
    )


@cache
def _not_needed(resource: str, path: str) -> Finding:
    words = f"{path.removeprefix('$.')} of {resource} was not stored: no purpose of the district needs it."
    return Finding(UNNEEDED, words, Place(path=path), "Leave it out of what you send.", Severity.WARNING)


def _refused_whole(path: str) -> Finding:
    words = "Records of this kind may not be kept here; it was not stored."
    return Finding(REFUSED_RECORD, words, Place(path=path), "Leave it out of what you send.")
