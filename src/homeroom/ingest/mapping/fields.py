"""Takes the entries of one YAML mapping apart, telling of each that is missing, unknown or of a wrong shape."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.nodes import Entries, Items, Node, Scalar

_Choice = TypeVar("_Choice", bound=StrEnum)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class Fields:
    """The entries of a mapping by name; what `finish` finds untaken is unknown."""

    def __init__(self, node: Node | None, *, where: str, spot: Spot, faults: SpecFaults) -> None:
        self.faults = faults
        self._where = where
        self._left: dict[str, tuple[Scalar, Node]] = {}
        self.spot = spot if node is None else node.spot
        if isinstance(node, Entries):
            self._left = {key.text or "": (key, value) for key, value in node.entries}
        elif node is not None and not _is_null(node):
            self.wrong(node, "a mapping of names to values")

    def wrong(self, node: Node, expected: str) -> None:
        """Tell that a node is not what it should be."""
        self.faults.tell("shape", f"{self._where}: {expected} is expected here.", node.spot)

    def take(self, name: str) -> Node | None:
        """The node of a name; None when it is absent or null."""
        found = self._left.pop(name, None)
        return None if found is None or _is_null(found[1]) else found[1]

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        return self.optional_text(name) or default

    def optional_text(self, name: str) -> str | None:
        """A text, or None when it is absent."""
        node = self.take(name)
        return None if node is None else self.text_of(node)

    def required_text(self, name: str) -> str:
        """A text that must be there."""
        found = self.text(name)
        if not found:
            self.faults.tell("shape", f"{self._where}: '{name}' is missing.", self.spot)
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; a single text does for a list of one."""
        node = self.take(name)
        return () if node is None else self.texts_of(node)

    def texts_of(self, node: Node) -> tuple[str, ...]:
        """The texts of a list node; null among them is the empty text."""
        items = node.items if isinstance(node, Items) else (node,)
        return tuple(self.text_of(item) for item in items)

    def text_of(self, node: Node) -> str:
        """The text of a node, or a fault."""
        if isinstance(node, Scalar):
            return node.text or ""
        self.wrong(node, "a text")
        return ""

    def boolean(self, name: str) -> bool:
        """`true` or `false`; absent is false."""
        node = self.take(name)
        if node is None:
            return False
        value = _BOOLEANS.get((node.text or "").lower()) if isinstance(node, Scalar) else None
        if value is None:
            self.wrong(node, "true or false")
        return bool(value)

    def whole_number(self, name: str) -> int | None:
        """A number such as 2; None when absent."""
        node = self.take(name)
        if node is None:
            return None
        text = node.text if isinstance(node, Scalar) else None
        if text is None or not text.isdecimal() or len(text) > 6:
            self.wrong(node, "a whole number")
            return None
        return int(text)

    def choice(self, name: str, default: _Choice) -> _Choice:
        """One of the words of an enum."""
        node = self.take(name)
        if node is None:
            return default
        kind = type(default)
        text = node.text if isinstance(node, Scalar) else None
        if text not in {str(c) for c in kind}:
            self.wrong(node, " or ".join(str(c) for c in kind))
            return default
        return kind(text)

    def entries(self, name: str) -> tuple[tuple[Scalar, Node], ...]:
        """The entries of a mapping; none when absent."""
        node = self.take(name)
        if node is None:
            return ()
        if isinstance(node, Entries):
            return node.entries
        self.wrong(node, "a mapping of names to values")
        return ()

    def items(self, name: str) -> tuple[Node, ...]:
        """The items of a list; none when absent."""
        node = self.take(name)
        if node is None:
            return ()
        if isinstance(node, Items):
            return node.items
        self.wrong(node, "a list")
        return ()

    def rest(self) -> tuple[tuple[Scalar, Node], ...]:
        """Every entry not taken yet."""
        left = tuple(self._left.values())
        self._left = {}
        return left

    def finish(self) -> None:
        """Tell of each entry that nobody took."""
        for key, _ in self.rest():
            self.faults.tell(
                "shape",
                f"{self._where}: '{key.text}' is not known here.",
                key.spot,
                remedy="Remove it, or correct its spelling.",
            )


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text is None
