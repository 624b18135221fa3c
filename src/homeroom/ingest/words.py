"""What the quarantine table and reports say of a fault: words without anybody's values.

The full words, which may repeat what was sent, are sealed with the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeroom.base.findings import Finding

# Codes whose words name members, elements and places, never values.
_PLAIN: Final = frozenset(
    {
        "choice", "empty_collection", "inbloom.missing", "inbloom.no_counterpart", "json.line_too_long",
        "load.conflict", "load.missing_parent", "load.refused", "reference.incomplete", "required",
        "xml.empty_reference", "xml.record_too_large", "xml.repeated_element", "xml.unknown_element",
        "xml.unknown_entity",
    }
)  # fmt: skip
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "blank_ends": "A text that identifies a record begins or ends with blanks.",
        "descriptor.shape": "A descriptor has no '#' between namespace and code value.",
        "descriptor.unknown": "A descriptor value does not exist in this district.",
        "duplicate_item": "Two items of a collection have the same identifying values.",
        "json.malformed": "The line is not well-formed JSON.",
        "length": "A text is too short or too long.",
        "range": "A number is out of bounds.",
        "type": "A value is not of the type that the standard states.",
        "unified": "Members that carry one value differ.",
        "xml.conflicting_key": "A reference gives one part of a key twice, differently.",
        "xml.dangling_ref": "A reference names an id that no record of the file has.",
        "xml.lookup": "A lookup does not hold the whole key.",
        "xml.wrong_type": "An element's text is not of the element's type.",
    }
)
_OTHER: Final = "The record does not fit the standard."


def plain_words(finding: Finding) -> str:
    """The finding's words where they hold no value, else what its code stands for."""
    return finding.words if finding.code in _PLAIN else _WORDS.get(finding.code, _OTHER)
