"""The explaining half of validation: what the strict decoder refuses is mended here, or every fault is told.

Forgiven as the Ed-Fi API forgives: member names in any letter case, unknown members, null where absence is
allowed, `link`, `_etag` and `_lastModifiedDate` (all three written by the server), and the spellings of
values that `standard.coerce` knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.base.findings import Finding, Place
from homeroom.standard.coerce import INVALID, Fault, coerce_value
from homeroom.standard.documents import Document, DocumentType, render_document
from homeroom.standard.model import Choice, Property
from homeroom.standard.names import pascal_case
from homeroom.standard.outline import Level, Member, PartShape, ReferenceShape, ignores_case

_NOWHERE: Final = Place()
_TOO_DEEP: Final = Fault("json.malformed", "The document is nested too deeply.")
_NUL_ESCAPE: Final = b"\\u0000"
_INT64_DIGITS: Final = 20
_EMPTY: Final[tuple[object, ...]] = (None, [], ())
_REMEDIES: Final[Mapping[str, str]] = {
    "blank_ends": "Remove the blanks at both ends.",
    "choice": "Keep one of the alternatives and leave the others out.",
    "descriptor.shape": "Write the descriptor as namespace#codeValue.",
    "duplicate_item": "Remove the item, or correct what should tell it apart.",
    "empty_collection": "Send at least one item.",
    "json.malformed": "Send well-formed JSON, encoded as UTF-8.",
    "length": "Shorten or complete the value.",
    "range": "Correct the value.",
    "reference.incomplete": "Send every part of the key of the record that is meant.",
    "required": "Send a value.",
    "type": "Send a value of the type that the standard states for this member.",
    "unified": "Make the references name records that share the value.",
}


class DisagreementError(HomeroomError):
    """A document that the walk found faultless was refused by the struct: a defect of ours."""

    code = "standard.disagreement"


def parse_document(
    kind: DocumentType, body: bytes, *, place: Place = _NOWHERE
) -> Document | tuple[Finding, ...]:
    """The document in a JSON body, or every fault found in it (at least one).

    place: where the body stands in its source; findings have its file and line and their own JSON path.
    """
    document = decode_document(kind, body)
    if document is not None:
        return document
    raw = _parsed(body)
    if isinstance(raw, Fault):
        return (_finding(raw, "$", place),)
    return _explained(kind, raw, place)


def parse_mapping(
    kind: DocumentType, raw: Mapping[str, object], *, trims_blanks: bool, place: Place = _NOWHERE
) -> Document | tuple[Finding, ...]:
    """The document in a dictionary, or every fault found in it (at least one).

    raw: values as JSON has them, or dates, times and decimals already; trims_blanks: texts lose the blanks
    at both ends first, as files pad them.
    """
    try:
        given = _trimmed(raw) if trims_blanks else raw
        document = _converted(kind, given)
    except RecursionError:
        return (_finding(_TOO_DEEP, "$", place),)
    return _explained(kind, given, place) if document is None else document


def decode_document(kind: DocumentType, body: bytes) -> Document | None:
    """The document in a JSON body that is spelled strictly and holds no fault; None for any other."""
    if _NUL_ESCAPE in body:
        return None
    try:
        document = kind.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return document if kind.is_coherent(document) else None


def _converted(kind: DocumentType, raw: object) -> Document | None:
    try:
        document = kind.convert(raw)
        # Conversion, unlike decoding, lets texts through that cannot be stored; JSON shows them at C speed.
        is_storable = _NUL_ESCAPE not in render_document(document)
    except (msgspec.ValidationError, UnicodeError, TypeError):
        return None
    return document if is_storable and kind.is_coherent(document) else None


def _parsed(body: bytes) -> object:
    """The body's value, decimals exact, or the Fault that makes it no JSON."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_float=_exact, parse_int=_whole, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        return Fault("json.malformed", "The document is not encoded as UTF-8.")
    except ValueError as fault:
        return Fault("json.malformed", str(fault))
    except RecursionError:
        return _TOO_DEEP


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no machine holds; refused where the member is known
        return Decimal("Infinity")


def _whole(text: str) -> int | Decimal:
    """Beyond int64 a Decimal does: its digits cost linear time to read, an int's quadratic."""
    return int(text) if len(text) <= _INT64_DIGITS else _exact(text)


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON value")


def _trimmed(raw: object) -> object:
    match raw:
        case str():
            return raw.strip()
        case Mapping():
            return {name: _trimmed(value) for name, value in raw.items()}
        case list() | tuple():
            return [_trimmed(value) for value in raw]
        case _:
            return raw


def _explained(kind: DocumentType, raw: object, place: Place) -> Document | tuple[Finding, ...]:
    if not isinstance(raw, Mapping):
        return (_finding(INVALID, "$", place),)
    walk = _Walk(place)
    mended = walk.mend(kind.outline, raw, "$")
    for group in (*kind.resource.unified, *kind.resource.equal):
        walk.compare(mended, group)
    if walk.findings:
        return tuple(walk.findings)
    return _agreed(kind, mended)


def _agreed(kind: DocumentType, mended: Mapping[str, object]) -> Document:
    try:
        document = kind.convert(mended)
    except msgspec.ValidationError as fault:
        raise DisagreementError(f"{kind.resource.name}: struct and outline differ") from fault
    if not kind.is_coherent(document):
        raise DisagreementError(f"{kind.resource.name}: coherence and outline differ")
    return document


def _finding(fault: Fault, path: str, place: Place) -> Finding:
    return Finding(fault.code, fault.words, replace(place, path=path), _REMEDIES[fault.code])


class _Walk:
    """Goes through one raw document by its outline: gives it mended and collects what cannot be mended."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.findings: list[Finding] = []

    def mend(self, level: Level, raw: Mapping[str, object], path: str) -> dict[str, object]:
        """The members of one object that are well, in the standard's names and types."""
        given = _by_name(level.names, raw)
        mended = {
            member.name: value
            for member in level.members
            if (value := self._member(member, given.get(member.name), f"{path}.{member.name}")) is not None
        }
        for choice in level.choices:
            self._choose(choice, given, path)
        return mended

    def compare(self, mended: Mapping[str, object], group: Sequence[str]) -> None:
        """Members that carry one value must agree, wherever they stand."""
        found = [
            (place, value)
            for path in group
            for place, value in _values_at(mended, path.removeprefix("$.").split("."), "$")
        ]
        values = list(dict.fromkeys(value for _, value in found))
        if len({_folded(value) if ignores_case(group[0]) else value for value in values}) < 2:
            return
        name = group[0].rpartition(".")[2]
        conflict = ", ".join(f"'{value}'" for value in values)
        words = (
            f"All values supplied for '{name}' must match. "
            f"Review all references and align the following conflicting values: {conflict}"
        )
        for place, _ in found:
            self._tell(Fault("unified", words), place)

    def _tell(self, fault: Fault, path: str) -> None:
        self.findings.append(_finding(fault, path, self.place))

    def _member(self, member: Member, raw: object, path: str) -> object:
        match member:
            case Property():
                return self._scalar(member, raw, path)
            case ReferenceShape():
                return self._reference(member, raw, path)
            case PartShape():
                return (
                    self._collection(member, raw, path)
                    if member.is_collection
                    else self._object(member, raw, path)
                )

    def _scalar(self, prop: Property, raw: object, path: str) -> object:
        if raw is None:
            self._absent(prop, path)
            return None
        value = coerce_value(prop, raw)
        if isinstance(value, Fault):
            self._tell(value, path)
            return None
        return value

    def _absent(self, member: Member, path: str) -> None:
        if member.is_required:
            self._tell(Fault("required", f"{pascal_case(member.name)} is required."), path)

    def _reference(self, shape: ReferenceShape, raw: object, path: str) -> object:
        if raw is None:
            self._absent(shape, path)
            return None
        if not isinstance(raw, Mapping):
            self._tell(INVALID, path)
            return None
        given = _by_name(shape.names, raw)
        missing = ", ".join(pascal_case(m.name) for m in shape.members if given.get(m.name) is None)
        if missing:
            words = f"{pascal_case(shape.name)} is missing the following properties: {missing}"
            self._tell(Fault("reference.incomplete", words), path)
        present = [m for m in shape.members if given.get(m.name) is not None]
        mended = {m.name: self._scalar(m, given[m.name], f"{path}.{m.name}") for m in present}
        return {name: value for name, value in mended.items() if value is not None}

    def _object(self, shape: PartShape, raw: object, path: str) -> object:
        if raw is None:
            self._absent(shape, path)
            return None
        if not isinstance(raw, Mapping):
            self._tell(INVALID, path)
            return None
        return self.mend(shape.level, raw, path)

    def _collection(self, shape: PartShape, raw: object, path: str) -> object:
        if shape.is_required and raw in _EMPTY:
            self._tell(Fault("empty_collection", "Collections must have at least one item."), path)
            return None
        if raw is None:
            return None
        if not isinstance(raw, (list, tuple)):
            self._tell(INVALID, path)
            return None
        items: list[dict[str, object]] = []
        sound: dict[int, dict[str, object]] = {}
        for number, item in enumerate(raw):
            told = len(self.findings)
            items.append(self._item(shape, item, f"{path}[{number}]"))
            if len(self.findings) == told:
                sound[number + 1] = items[-1]
        self._tell_duplicates(shape, sound, path)
        return items

    def _item(self, shape: PartShape, raw: object, path: str) -> dict[str, object]:
        if isinstance(raw, Mapping):
            return self.mend(shape.level, raw, path)
        self._tell(INVALID, path)
        return {}

    def _tell_duplicates(
        self, shape: PartShape, items: Mapping[int, Mapping[str, object]], path: str
    ) -> None:
        seen: set[tuple[object, ...]] = set()
        for number, item in items.items() if shape.key else ():
            key = tuple(_key_value(item, steps) for steps in shape.key)
            if key in seen:
                words = (
                    f"The {_ordinal(number)} item of the {pascal_case(shape.name)} has the same "
                    "identifying values as another item earlier in the list."
                )
                self._tell(Fault("duplicate_item", words), path)
            seen.add(key)

    def _choose(self, choice: Choice, given: Mapping[str, object], path: str) -> None:
        taken = [
            names
            for alternative in choice.alternatives
            if (names := [name for name in alternative if given.get(name) not in _EMPTY])
        ]
        if len(taken) > 1:
            words = " or ".join(", ".join(map(pascal_case, names)) for names in taken)
            for names in taken:
                self._tell(Fault("choice", f"Either {words} may be given, not both."), f"{path}.{names[0]}")
        if choice.is_required and not taken:
            words = " or ".join(", ".join(map(pascal_case, names)) for names in choice.alternatives)
            self._tell(Fault("choice", f"One of these is required: {words}."), path)


def _by_name(names: Mapping[str, str], raw: Mapping[str, object]) -> dict[str, object]:
    """The known members under the standard's names; of several spellings the last wins."""
    given: dict[str, object] = {}
    for spelling, value in raw.items():
        name = names.get(spelling.lower())
        if name is not None:
            given[name] = value
    return given


def _values_at(node: object, steps: Sequence[str], path: str) -> Iterator[tuple[str, object]]:
    """The values a unified path leads to, each with its own place."""
    if not steps:
        yield path, node
        return
    name, is_list = steps[0].removesuffix("[*]"), steps[0].endswith("[*]")
    below = node.get(name) if isinstance(node, Mapping) else None
    if is_list and isinstance(below, list):
        for number, item in enumerate(below):
            yield from _values_at(item, steps[1:], f"{path}.{name}[{number}]")
    elif below is not None:
        yield from _values_at(below, steps[1:], f"{path}.{name}")


def _key_value(item: Mapping[str, object], steps: Sequence[str]) -> object:
    value = next((value for _, value in _values_at(item, steps, "")), None)
    return _folded(value) if ignores_case(steps[-1]) else value


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _ordinal(number: int) -> str:
    teens = 11 <= number % 100 <= 13
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
