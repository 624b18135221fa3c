"""References in XML: by identity, by `ref` to an `id`, or by lookup; compiled once per target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from homeroom.interop.edfi_reading import ReadElement, Reading, warn_unknown
from homeroom.interop.edfi_values import Convert, converter_of, school_year
from homeroom.interop.xml_record import Document, Json
from homeroom.interop.xml_stream import Element
from homeroom.standard.model import Model

_IDENTITY = "Identity"


class ReferenceCompiler:
    """Makes readers that fill the key members of a reference object.

    identities: per resource, path below `<RIdentity>` -> name of the key part.
    """

    def __init__(self, model: Model, identities: Mapping[str, Mapping[str, str]], *, namespace: str) -> None:
        self._model = model
        self._identities = identities
        self._compiled: dict[str, ReadElement] = {}
        self._prefix = f"{{{namespace}}}" if namespace else ""
        self._school_year = model.resources["SchoolYearType"].properties_by_name["schoolYear"]

    def reader_to(self, target: str) -> ReadElement:
        """A reader of `<…Reference>` elements that point at the target."""
        if target not in self._compiled:
            self._compiled[target] = self._reader(target, self._identities[target])
        return self._compiled[target]

    def knows(self, target: str) -> bool:
        """Whether the target is a resource or abstract base that references can name."""
        return target in self._identities

    def _reader(self, target: str, names: Mapping[str, str]) -> ReadElement:
        """names: path below the target's identity -> what the part is called where it is wanted."""
        readers = self._part_readers(target, names)
        identity_tag = f"{self._prefix}{target}{_IDENTITY}"
        lookup_tag = f"{self._prefix}{target}Lookup"
        renames = {self._identities[target][path]: wanted for path, wanted in names.items()}

        def read(element: Element, into: Document, reading: Reading) -> None:
            is_named = False
            for child in element:
                if child.tag == identity_tag:
                    is_named = True
                    for part in child:
                        read_part = readers.get(part.tag)
                        if read_part is None:
                            warn_unknown(part, reading)
                        else:
                            read_part(part, into, reading)
                elif child.tag == lookup_tag:
                    is_named = True
                    _read_lookup(child, into, reading, readers=readers, wanted=renames.values())
                else:
                    warn_unknown(child, reading)
            if not is_named:
                _read_ref(element, into, reading, target=target, renames=renames)

        return read

    def _part_readers(self, target: str, names: Mapping[str, str]) -> dict[str, ReadElement]:
        readers: dict[str, ReadElement] = {}
        nested: dict[str, dict[str, str]] = defaultdict(dict)
        for path, wanted in names.items():
            head, _, rest = path.partition("/")
            if rest:
                nested[head][rest] = wanted
            else:
                inner = self._identities[target][path]
                readers[self._prefix + head] = _part_reader(wanted, self._converter(target, inner))
        for head, below in nested.items():
            inner_target = next(iter(below)).partition("/")[0].removesuffix(_IDENTITY)
            inner_names = {path.partition("/")[2]: wanted for path, wanted in below.items()}
            readers[self._prefix + head] = self._reader(inner_target, inner_names)
        return readers

    def _converter(self, target: str, part: str) -> Convert:
        declared = self._model.key_property(target, part)
        return school_year if declared is self._school_year else converter_of(declared)


def _part_reader(wanted: str, convert: Convert) -> ReadElement:
    def read(element: Element, into: Document, reading: Reading) -> None:
        text = (element.text or "").strip()
        if not text:
            return
        try:
            value = convert(text)
        except ValueError as error:
            fail_type(element, text, error, reading)
            return
        if into.setdefault(wanted, value) != value:
            _fail_conflict(element, wanted, reading)

    return read


def fail_type(element: Element, text: str, error: ValueError, reading: Reading) -> None:
    """Note that an element's text is not of the element's type."""
    reading.fail("xml.wrong_type", f"“{text[:60]}” {error}.", at=element, remedy="Correct the value.")


def _read_ref(
    element: Element, into: Document, reading: Reading, *, target: str, renames: Mapping[str, str]
) -> None:
    ref = element.get("ref")
    if ref is None:
        reading.warn(
            "xml.empty_reference", "The reference names nothing; it is left out.", at=element,
            remedy="Give the identity of the record it points at, or remove it.",
        )  # fmt: skip
        return
    values = reading.resolve(ref, target)
    if values is None:
        reading.fail(
            "xml.dangling_ref", f"No {target} in this file has the id {ref}.", at=element,
            remedy="Add that record to the file, or refer to it by its identity.",
        )  # fmt: skip
        return
    for inner, wanted in renames.items():
        value: Json = values.get(inner)
        if value is not None and into.setdefault(wanted, value) != value:
            _fail_conflict(element, wanted, reading)


def _read_lookup(
    element: Element, into: Document, reading: Reading, *,
    readers: Mapping[str, ReadElement], wanted: Collection[str],
) -> None:  # fmt: skip
    """A lookup serves when it happens to hold the whole key; searching by other values is guessing."""
    found: Document = {}
    for part in element:
        read_part = readers.get(part.tag)
        if read_part is not None:
            read_part(part, found, reading)
    if set(found) == set(wanted):
        into.update(found)
        return
    reading.fail(
        "xml.lookup", "The reference is a lookup without the full key; it may fit several records.",
        at=element, remedy="Refer by identity instead of lookup.",
    )  # fmt: skip


def _fail_conflict(element: Element, wanted: str, reading: Reading) -> None:
    reading.fail(
        "xml.conflicting_key", f"The reference gives {wanted} twice, with different values.", at=element,
        remedy="Make the values the same.",
    )  # fmt: skip
