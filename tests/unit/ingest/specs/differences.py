"""What differs between our documents and another tool's, as paths that a data file can name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

_KEYS: Final = ("assessmentReportingMethodDescriptor", "performanceLevelDescriptor", "identificationCode")
_ABSENT: Final = "absent"
_AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_LOOSE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_REFERENCE: Final = "objectiveAssessmentReference"


class Difference(NamedTuple):
    """A member that the two do not have alike; what one of them does not have is "absent"."""

    path: str
    ours: str
    theirs: str


def differences(
    resource: str,
    ours: Sequence[Mapping[str, object]],
    theirs: Sequence[Mapping[str, object]],
    *,
    key: Sequence[str],
) -> list[Difference]:
    """All differences of two sets of documents, which are paired by the members in key (dotted paths)."""
    left, right = _by_key(ours, key), _by_key(theirs, key)
    found = [Difference(f"{resource}", str(k), _ABSENT) for k in left if k not in right]
    found += [Difference(f"{resource}", _ABSENT, str(k)) for k in right if k not in left]
    for name in (k for k in left if k in right):
        a, b = dict(_leaves(left[name], resource)), dict(_leaves(right[name], resource))
        found += [
            Difference(path, a.get(path, _ABSENT), b.get(path, _ABSENT))
            for path in dict.fromkeys((*a, *b))
            if a.get(path) != b.get(path)
        ]
    return found


def _by_key(
    documents: Sequence[Mapping[str, object]], key: Sequence[str]
) -> dict[tuple[str, ...], Mapping[str, object]]:
    paired: dict[tuple[str, ...], Mapping[str, object]] = {}
    for document in documents:
        name = tuple(_plain(_at(document, path)) for path in key)
        while name in paired:  # the next of several with one key, in the order of the file
            name = (*name, "+")
        paired[name] = document
    return paired


def _at(document: Mapping[str, object], path: str) -> object:
    value: object = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _leaves(item, f"{path}[{_item_key(item)}]")
    else:
        yield path, _plain(value)


def _item_key(item: object) -> str:
    if not isinstance(item, Mapping):
        return _plain(item)
    if _REFERENCE in item:
        return _plain(_at(item, f"{_REFERENCE}.identificationCode"))
    known = [_plain(item[k]) for k in _KEYS if k in item and (k != _KEYS[1] or "result" not in item)]
    return " ".join(known) or " ".join(_plain(v) for v in item.values())


def _plain(value: object) -> str:
    """A value as text: descriptors without their namespace, dates in one form, numbers as they are written."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    text = str(value).strip()
    if text.startswith("uri://") and "#" in text:
        return text.partition("#")[2]
    return _day(text)


def _day(text: str) -> str:
    found = _AMERICAN.fullmatch(text)
    if found:
        return date(int(found[3]), int(found[1]), int(found[2])).isoformat()
    found = _LOOSE.fullmatch(text)
    if found:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    try:
        moment = datetime.fromisoformat(text) if "T" in text and text[:4].isdecimal() else None
    except ValueError:
        moment = None
    if moment is None:
        return text
    return (
        moment.date().isoformat()
        if moment.time().replace(tzinfo=None).isoformat() == "00:00:00"
        else moment.isoformat()
    )
