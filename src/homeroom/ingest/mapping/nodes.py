"""YAML to plain nodes that know their line: no tags, no merge keys, no guessing of types.

Every scalar stays the text that was written, so that a key `No` or a code `007` means what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import yaml

from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.limits import MAX_SPEC_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES

_NULLS: Final = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; None where nothing, `~` or null was written. is_plain: written without quotes."""

    text: str | None
    spot: Spot
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping: keys with their places and values, in order."""

    entries: tuple[tuple[Scalar, Node], ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    spot: Spot


class _Mark(Protocol):
    line: int
    column: int


Node: TypeAlias = Scalar | Entries | Items


def read_nodes(text: str, *, name: str, faults: SpecFaults) -> Node | None:
    """The root node of a YAML text; None when it cannot be read, and then faults say why."""
    top = Spot(name, 1, 1)
    if len(text.encode(errors="replace")) > MAX_SPEC_BYTES:
        faults.tell("too_large", f"The spec is larger than {MAX_SPEC_BYTES >> 20} MB.", top)
        return None
    try:
        if not _is_bounded(text):
            faults.tell("too_large", "The spec is nested too deeply.", top)
            return None
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        _tell_malformed(error, name=name, faults=faults)
        return None
    if root is None:
        faults.tell("yaml", "The spec is empty.", top)
        return None
    try:
        return _Reader(name, faults).node(root, 0)
    except _TooLargeError:
        words = "The spec is nested too deeply or has too many parts, those that aliases repeat included."
        faults.tell("too_large", words, top)
        return None


def _is_bounded(text: str) -> bool:
    """Whether the text is shallow enough to be composed; what aliases make of it is counted while it is read."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_YAML_DEPTH:
            return False
    return True


def _tell_malformed(error: yaml.YAMLError, *, name: str, faults: SpecFaults) -> None:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error)
    faults.tell(
        "yaml",
        f"The YAML cannot be read: {words}.",
        _spot(name, mark) if mark else Spot(name, 1, 1),
        remedy="Put an expression that contains ': ', ' #' or [ inside { } between double quotes.",
    )


def _spot(name: str, mark: _Mark | None) -> Spot:
    """Where a mark stands; YAML without marks does not occur, but its types allow it."""
    if mark is None:
        return Spot(name, 1, 1)
    return Spot(name, mark.line + 1, mark.column + 1)


class _TooLargeError(Exception):
    """Ends the reading of a spec that grows without bound; never leaves this module."""


class _Reader:
    def __init__(self, name: str, faults: SpecFaults) -> None:
        self._name = name
        self._faults = faults
        self._count = 0

    def node(self, node: yaml.Node, depth: int) -> Node:
        self._count += 1
        if self._count > MAX_YAML_NODES or depth > MAX_YAML_DEPTH:
            raise _TooLargeError
        spot = _spot(self._name, node.start_mark)
        match node:
            case yaml.ScalarNode():
                return self._scalar(node, spot)
            case yaml.SequenceNode():
                return Items(tuple(self.node(item, depth + 1) for item in node.value), spot)
            case _:
                return self._entries(node, spot, depth)

    def _scalar(self, node: yaml.ScalarNode, spot: Spot) -> Scalar:
        is_plain = node.style is None or node.style == ""
        is_null = is_plain and node.value.lower() in _NULLS
        return Scalar(None if is_null else node.value, spot, is_plain)

    def _entries(self, node: yaml.Node, spot: Spot, depth: int) -> Entries:
        entries: list[tuple[Scalar, Node]] = []
        seen: set[str] = set()
        for key, value in node.value:
            name = self.node(key, depth + 1)
            if not isinstance(name, Scalar):
                self._faults.tell("shape", "A key must be a text.", name.spot)
                continue
            if (name.text or "") in seen:
                words = f"'{name.text}' stands here twice."
                self._faults.tell("shape", words, name.spot, remedy="Keep one of them.")
                continue
            seen.add(name.text or "")
            entries.append((name, self.node(value, depth + 1)))
        return Entries(tuple(entries), spot)
