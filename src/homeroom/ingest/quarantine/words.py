"""What the quarantine table and reports say of a fault: words without anybody's values.

The full words, which may repeat what was sent, are sealed with the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeroom.base.findings import Finding

# Codes whose words name members, elements and files, never values; all of package, load and refused too.
_PLAIN: Final = frozenset(
    {
        "choice", "empty_collection", "inbloom.contradiction", "inbloom.default", "inbloom.incomplete_item",
        "inbloom.missing", "inbloom.no_counterpart", "inbloom.no_place", "inbloom.part_without_record",
        "inbloom.several_sessions", "inbloom.wrong_organization", "json.encoding", "json.line_too_long",
        "mapping.expression", "mapping.limit", "mapping.parameter", "mapping.required_member", "mapping.shape",
        "mapping.table", "mapping.too_large", "mapping.type", "mapping.unknown_member", "mapping.unknown_name",
        "mapping.unknown_resource", "mapping.yaml",
        "reference.incomplete", "required",
        "xml.doctype", "xml.empty_reference", "xml.encoding", "xml.malformed", "xml.not_interchange",
        "xml.other_version", "xml.record_too_large", "xml.repeated_element", "xml.unknown_element",
        "xml.unknown_entity",
    }
)  # fmt: skip
_PLAIN_PARTS: Final = ("package.", "load.", "refused.", "table.", "inbox.")
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "blank_ends": "A text that identifies a record begins or ends with blanks.",
        "descriptor.shape": "A descriptor has no '#' between namespace and code value.",
        "descriptor.unknown": "A descriptor value does not exist in this district.",
        "duplicate_item": "Two items of a collection have the same identifying values.",
        "identity.nobody": "A person whom the source names is nobody of the district.",
        "identity.taken_back": "It came in under another person, who it was not about.",
        "identity.undecided": "A person whom the source names may be somebody of the district, or somebody else.",
        "inbloom.unknown_reference": "A record is named that stands in no file read so far.",
        "json.malformed": "The line is not well-formed JSON.",
        "length": "A text is too short or too long.",
        "mapping.faulty_item": "A row of another file that belongs to this one cannot be used.",
        "mapping.not_a_boolean": "A cell says neither yes nor no.",
        "mapping.not_a_date": "A cell is not a date of a form that is known for this file.",
        "mapping.not_a_number": "A cell is not a number.",
        "mapping.not_a_school_year": "A cell is not a school year.",
        "mapping.not_a_time": "A cell is not a time.",
        "mapping.not_an_integer": "A cell is not a whole number.",
        "mapping.unmapped_value": "A cell holds a value that the mapping's table does not have.",
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
    if finding.code in _PLAIN or finding.code.startswith(_PLAIN_PARTS):
        return finding.words
    return _WORDS.get(finding.code, _OTHER)
