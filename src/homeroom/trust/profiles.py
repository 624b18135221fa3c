"""Ed-Fi API profiles as written: XML that says which members a client reads and writes (edfi-api.md 1.11).

Pure. A profile that is wrong in meaning is kept with its findings; what it then allows is decided by
`profile_masks`, which lays it over the Model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from homeroom.base.findings import Finding, Place, Severity

_PARTS = frozenset({"Object", "Collection"})
# The published form has no Reference element, but profiles in use write one for a reference they list.
_MEMBERS = frozenset({"Property", "Reference"})


class Selection(StrEnum):
    """How the members that a rule lists are meant."""

    INCLUDE_ONLY = "IncludeOnly"
    EXCLUDE_ONLY = "ExcludeOnly"
    INCLUDE_ALL = "IncludeAll"
    EXCLUDE_ALL = "ExcludeAll"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items of a collection are seen, by the value of one member.

    values: descriptors, whole or as code values only, folded for comparison.
    """

    member: str
    values: frozenset[str]
    is_include: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """What a profile says of one level: a resource, an object, a collection or an extension."""

    name: str
    selection: Selection
    members: tuple[str, ...] = ()
    parts: tuple[Rule, ...] = ()
    extensions: tuple[Rule, ...] = ()
    item_filter: ItemFilter | None = None

    @property
    def is_detailed(self) -> bool:
        """Whether the rule says anything of what is inside."""
        return bool(self.members or self.parts or self.extensions or self.item_filter)


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """What a profile says of one resource; a side that is None cannot be used with the profile."""

    resource: str
    read: Rule | None
    write: Rule | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A named data policy over resources, and what is wrong with its text."""

    name: str
    resources: tuple[ResourceRules, ...]
    findings: tuple[Finding, ...] = ()


def parse_profile(name: str, xml: str | bytes) -> Profile:
    """The profile of that name in an XML text, or the only one there; always a profile, with its findings.

    No document type declaration is accepted, so that no entity and no outside file can be named.
    """
    reader = _Reader(name)
    root = reader.root(xml.encode() if isinstance(xml, str) else xml)
    element = _profile_element(root, name) if root is not None else None
    if root is not None and element is None:
        reader.report("There is no Profile element of this name.", root)
    resources = tuple(reader.resources(element)) if element is not None else ()
    return Profile(name, resources, tuple(reader.findings))


def _profile_element(root: etree._Element, name: str) -> etree._Element | None:
    found = [root] if root.tag == "Profile" else list(root.iterfind("Profile"))
    named = [e for e in found if (e.get("name") or "").casefold() == name.casefold()]
    return next(iter(named or (found if len(found) == 1 else [])), None)


class _Reader:
    """One profile's elements to rules; findings gather on the way."""

    def __init__(self, name: str) -> None:
        self.findings: list[Finding] = []
        self._file = name

    def root(self, xml: bytes) -> etree._Element | None:
        parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(xml, parser)
        except (etree.XMLSyntaxError, ValueError) as fault:
            self.report(f"The text is no XML: {fault}")
            return None
        if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
            self.report("A document type declaration is not accepted.")
            return None
        return root

    def resources(self, profile: etree._Element) -> Iterator[ResourceRules]:
        for element in profile:
            if element.tag != "Resource":
                self.report(f"'{element.tag}' is not an element of a profile.", element)
                continue
            sides = {tag: element.find(tag) for tag in ("ReadContentType", "WriteContentType")}
            read, write = (self._rule(side) if side is not None else None for side in sides.values())
            if read is None and write is None:
                self.report("The resource has neither a read nor a write content type.", element)
            yield ResourceRules(self._name(element), read, write)

    def _rule(self, element: etree._Element) -> Rule:
        members, parts, extensions = [], [], []
        item_filter = None
        for child in element:
            if child.tag in _MEMBERS:
                members.append(self._name(child))
            elif child.tag in _PARTS:
                parts.append(self._rule(child))
            elif child.tag == "Extension":
                extensions.append(self._rule(child))
            elif child.tag == "Filter":
                item_filter = self._filter(child)
            else:
                self.report(f"'{child.tag}' is not an element of a profile.", child)
        name = element.get("name") or ""
        if not name and not str(element.tag).endswith("ContentType"):
            self.report("The element has no name.", element)
        selection = self._selection(element)
        return Rule(name, selection, tuple(members), tuple(parts), tuple(extensions), item_filter)

    def _filter(self, element: etree._Element) -> ItemFilter:
        mode = element.get("filterMode")
        if mode not in {Selection.INCLUDE_ONLY, Selection.EXCLUDE_ONLY}:
            self.report("filterMode must be IncludeOnly or ExcludeOnly.", element)
        values = frozenset((value.text or "").strip().casefold() for value in element.iterfind("Value"))
        if not values:
            self.report("The filter lists no value.", element)
        member = element.get("propertyName") or ""
        # An unknown mode is read as the one that shows less.
        return ItemFilter(member, values, is_include=mode != Selection.EXCLUDE_ONLY)

    def _selection(self, element: etree._Element) -> Selection:
        mode = element.get("memberSelection")
        if mode in set(Selection):
            return Selection(mode)
        self.report(f"memberSelection must be one of {', '.join(Selection)}.", element)
        return Selection.INCLUDE_ONLY

    def _name(self, element: etree._Element) -> str:
        name = element.get("name") or ""
        if not name:
            self.report("The element has no name.", element)
        return name

    def report(self, words: str, element: etree._Element | None = None) -> None:
        line = element.sourceline if element is not None else None
        path = str(element.tag) if element is not None else None
        place = Place(self._file, line, path)  # type: ignore[arg-type]  # the stubs leave sourceline untyped
        self.findings.append(
            Finding("profile.malformed", words, place, "Correct the profile's XML.", Severity.ERROR)
        )
