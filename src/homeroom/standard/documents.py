"""Documents as structs generated from the Model: parsed and type-checked once, in C, then read by position.

The fast way is strict: a body in exactly the standard's spelling decodes straight into the struct. Whatever
it refuses goes to `standard.check`, which forgives what the API forgives and explains the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from homeroom.standard.limits import (
    decimal_limits,
    int_limits,
    is_storable_moment,
    is_within,
    must_not_be_zero,
)
from homeroom.standard.model import Choice, Kind, Model, Part, Property, Reference, Resource
from homeroom.standard.names import camel_case
from homeroom.standard.outline import Level, ignores_case, outline_of, reference_members

DESCRIPTOR_LENGTH: Final = 306
_NO_BLANK_ENDS: Final = r"\A\S(?:[\s\S]*\S)?\Z"


class Link(msgspec.Struct):
    """Where the record stands that a reference names; on output only."""

    rel: str
    href: str


Document = msgspec.Struct
"""A parsed document: members by the standard's own names, None where absent."""


KnownDescriptors: TypeAlias = Mapping[str, Mapping[str, tuple[int, str]]]
"""Descriptor values: type -> URI, as stored or in lower case -> (id, URI as stored)."""
Stray: TypeAlias = tuple[int, Document, str]
"""A descriptor that is spelled in another letter case or unknown: its slot's number, holder and member."""


@dataclass(frozen=True, slots=True)
class NestedReference:
    """A reference inside a collection or object: its path, target and key members in key order."""

    path: str
    target: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescriptorSlot:
    """A descriptor-valued member: its path and descriptor type; nested ones have a row in a link table."""

    path: str
    descriptor: str
    is_nested: bool


@dataclass(frozen=True, slots=True)
class DocumentType:
    """How documents of one resource are parsed and walked; compiled once per Model.

    decode: bytes to struct, raising msgspec's error; convert: the same from a dictionary.
    is_coherent: False when unified members differ, items repeat, choices clash, a decimal is out of bounds,
    a descriptor lacks its '#', a required text is blank or an education organization's id is 0.
    outline: the same rules as values, for the walk that explains.
    descriptors: given what is known, type -> URI -> (id, URI as stored), the (slot number, id) of each descriptor
    that is spelled as it is stored, and (slot number, holder, member) of each other one.
    references: yields (number, holder of the reference) for each nested reference present.
    drop_foreign: empties the members that are the server's to say: ids, tags, dates and links.
    """

    resource: Resource
    struct: type[Document]
    decode: Callable[[bytes], Document]
    convert: Callable[[object], Document]
    slots: tuple[DescriptorSlot, ...]
    nested: tuple[NestedReference, ...]
    is_coherent: Callable[[Document], bool]
    descriptors: Callable[[Document, KnownDescriptors], tuple[list[tuple[int, int]], list[Stray]]]
    references: Callable[[Document], list[tuple[int, Document]]]
    drop_foreign: Callable[[Document], None]
    outline: Level


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def render_document(document: Document) -> bytes:
    """The document as JSON: members in the standard's order, absent ones left out."""
    return _ENCODER.encode(document)


def compile_document(model: Model, resource: Resource) -> DocumentType:
    """Everything needed to parse, check and walk documents of the resource."""
    builder = _StructBuilder(model)
    struct = builder.document(resource)
    walker = _Walker(model, resource)
    decoder = msgspec.json.Decoder(struct)

    def convert(raw: object) -> Document:
        return msgspec.convert(raw, struct)

    return DocumentType(
        resource=resource,
        struct=struct,
        decode=decoder.decode,
        convert=convert,
        slots=tuple(walker.slots),
        nested=tuple(walker.nested),
        is_coherent=walker.compiled("is_coherent"),
        descriptors=walker.compiled("descriptors"),
        references=walker.compiled("references"),
        drop_foreign=walker.compiled("drop_foreign"),
        outline=outline_of(model, resource),
    )


class _StructBuilder:
    """Struct types for documents, parts and references."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def document(self, resource: Resource) -> type[Document]:
        fields: list[Any] = [("id", str | None, None)]
        fields += self._members(resource.references, resource.properties, resource.parts)
        if resource.extensions:
            fields.append(("_ext", self._extensions(resource) | None, None))
        fields += [("_etag", Any, None), ("_lastModifiedDate", Any, None)]
        return self._struct(resource.name, fields)

    def _extensions(self, resource: Resource) -> type[Document]:
        parts = [(p.name, self._part(p) | None, None) for p in resource.extensions]
        return self._struct(f"{resource.name}Extensions", parts)

    def _members(
        self, references: Sequence[Reference], properties: Sequence[Property], parts: Sequence[Part]
    ) -> list[Any]:
        fields: list[Any] = [
            *(_field(r.name, self._reference(r), required=r.is_required) for r in references),
            *(_field(p.name, value_type(p), required=p.is_required) for p in properties),
        ]
        for part in parts:
            item: Any = self._part(part)
            if part.is_collection:
                item = Annotated[list[item], msgspec.Meta(min_length=1)] if part.is_required else list[item]
            fields.append(_field(part.name, item, required=part.is_required))
        return fields

    def _part(self, part: Part) -> type[Document]:
        return self._struct(part.entity, self._members(part.references, part.properties, part.parts))

    def _reference(self, reference: Reference) -> type[Document]:
        fields: list[Any] = [
            (name, value_type(self.model.key_property(reference.target, name)))
            for name in reference_members(self.model, reference)
        ]
        return self._struct(f"{reference.target}Reference", [*fields, ("link", Link | None, None)])

    @staticmethod
    def _struct(name: str, fields: list[Any]) -> type[Document]:
        return msgspec.defstruct(
            name, fields, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
        )


def _field(name: str, kind: Any, *, required: bool) -> tuple[Any, ...]:
    return (name, kind) if required else (name, kind | None, None)


def value_type(prop: Property) -> Any:  # noqa: PLR0911 - one case a kind; a type expression for msgspec
    """The strict Python type of a property, with its bounds."""
    match prop.kind:
        case Kind.STRING:
            low = prop.min_length or (1 if prop.is_required or prop.is_identity else None)
            pattern = _NO_BLANK_ENDS if prop.is_identity else None
            return Annotated[str, msgspec.Meta(max_length=prop.max_length, min_length=low, pattern=pattern)]
        case Kind.DESCRIPTOR:
            return Annotated[str, msgspec.Meta(max_length=DESCRIPTOR_LENGTH, min_length=1)]
        case Kind.BOOLEAN:
            return bool
        case Kind.DATE:
            return date
        case Kind.TIME:
            return Annotated[time, msgspec.Meta(tz=False)]
        case Kind.DATETIME:
            return Annotated[datetime, msgspec.Meta(tz=True)]
        case Kind.DECIMAL:
            return Decimal
        case Kind.INT16 | Kind.INT32 | Kind.INT64:
            lowest, highest = int_limits(prop)
            return Annotated[int, msgspec.Meta(ge=lowest, le=highest)]


class _Walker:
    """Writes one straight function per question and resource, so that no fact is looked up per record."""

    def __init__(self, model: Model, resource: Resource) -> None:
        self.model = model
        self.resource = resource
        self.slots: list[DescriptorSlot] = []
        self.nested: list[NestedReference] = []
        self._limits: dict[str, tuple[Decimal, Decimal, int]] = {}
        self._source = {
            "is_coherent": ["def is_coherent(d):"],
            "descriptors": ["def descriptors(d, known):", "    out, strays = [], []"],
            "references": ["def references(d):", "    out = []"],
            "drop_foreign": ["def drop_foreign(d):", "    d.id = d._etag = d._lastModifiedDate = None"],
        }
        self._write_level(resource.references, resource.properties, resource.parts, ("d", "$", 1))
        self._write_choices(resource.choices, resource.parts, ("d", "$", 1))
        self._write_extensions()
        self._write_unified()
        self._source["is_coherent"].append("    return True")
        self._source["descriptors"].append("    return out, strays")
        self._source["references"].append("    return out")

    def compiled(self, name: str) -> Any:
        names: dict[str, Any] = {
            "limits": self._limits,
            "within": is_within,
            "is_storable_moment": is_storable_moment,
        }
        exec("\n".join(self._source[name]), names)  # noqa: S102 - source made from the Model alone
        return names[name]

    def _emit(self, functions: Sequence[str], depth: int, line: str) -> None:
        for function in functions:
            self._source[function].append("    " * depth + line)

    def _write_level(
        self,
        references: Sequence[Reference],
        properties: Sequence[Property],
        parts: Sequence[Part],
        at: tuple[str, str, int],
    ) -> None:
        holder, path, depth = at
        for prop in properties:
            if prop.kind is Kind.DESCRIPTOR and prop.descriptor:
                self._descriptor(prop.descriptor, prop.name, at)
            self._refuse(prop, f"{holder}.{prop.name}", depth)
        for reference in references:
            self._reference(reference, at)
        for part in parts:
            self._part(part, (holder, f"{path}.{part.name}", depth))

    def _descriptor(self, descriptor: str, member: str, at: tuple[str, str, int]) -> None:
        holder, path, depth = at
        number = len(self.slots)
        self.slots.append(DescriptorSlot(f"{path}.{member}", descriptor, is_nested=path != "$"))
        self._emit(["descriptors"], depth, f"v = {holder}.{member}")
        self._emit(["descriptors"], depth, "if v is not None:")
        self._look_up(descriptor, number, (holder, member, depth + 1))

    def _look_up(self, descriptor: str, number: int, at: tuple[str, str, int]) -> None:
        holder, member, depth = at
        self._emit(["descriptors"], depth, f"f = known[{descriptor!r}].get(v)")
        self._emit(["descriptors"], depth, "if f is not None and f[1] == v:")
        self._emit(["descriptors"], depth + 1, f"out.append(({number}, f[0]))")
        self._emit(["descriptors"], depth, "else:")
        self._emit(["descriptors"], depth + 1, f"strays.append(({number}, {holder}, {member!r}))")

    def _refuse(self, prop: Property, value: str, depth: int) -> None:
        """What the struct's types cannot say of one value."""
        test = self._fault_test(prop, value)
        if test:
            present = "" if prop.is_required else f"{value} is not None and "
            self._emit(["is_coherent"], depth, f"if {present}{test}: return False")

    def _fault_test(self, prop: Property, value: str) -> str | None:
        if prop.kind is Kind.DECIMAL:
            name = f"{self.resource.name}.{prop.name}.{len(self._limits)}"
            self._limits[name] = decimal_limits(prop)
            return f"not within({value}, limits[{name!r}])"
        if prop.kind is Kind.DESCRIPTOR:
            return f"'#' not in {value}"
        if prop.kind is Kind.DATETIME:
            return f"not is_storable_moment({value})"
        if prop.kind is Kind.STRING and prop.is_required and not prop.is_identity:
            return f"{value}.isspace()"
        return f"{value} == 0" if must_not_be_zero(prop) else None

    def _reference(self, reference: Reference, at: tuple[str, str, int]) -> None:
        holder, path, depth = at
        here = f"r{depth}"
        members = reference_members(self.model, reference)
        kinds = {m: self.model.key_property(reference.target, m) for m in members}
        described = [(m, p.descriptor) for m, p in kinds.items() if p.descriptor]
        every = ["is_coherent", "descriptors", "drop_foreign"]
        self._emit(every, depth, f"{here} = {holder}.{reference.name}")
        self._emit(every, depth, f"if {here} is not None:")
        self._emit(["is_coherent", "descriptors"], depth + 1, "pass")
        self._emit(["drop_foreign"], depth + 1, f"{here}.link = None")
        for member, prop in kinds.items():
            self._refuse(prop, f"{here}.{member}", depth + 1)
        for member, descriptor in described:
            number = len(self.slots)
            # A descriptor inside a key is tied by the record the reference names: it needs no row of its own.
            self.slots.append(
                DescriptorSlot(f"{path}.{reference.name}.{member}", descriptor, is_nested=False)
            )
            self._emit(["descriptors"], depth + 1, f"v = {here}.{member}")
            self._look_up(descriptor, number, (here, member, depth + 1))
        if path != "$":
            number = len(self.nested)
            self.nested.append(NestedReference(f"{path}.{reference.name}", reference.target, members))
            self._emit(["references"], depth, f"if {holder}.{reference.name} is not None:")
            self._emit(["references"], depth + 1, f"out.append(({number}, {holder}.{reference.name}))")

    def _part(self, part: Part, at: tuple[str, str, int]) -> None:
        holder, path, depth = at
        item = f"i{depth}"
        every = [*self._source]
        if part.is_collection:
            self._emit(every, depth, f"for {item} in {holder}.{part.name} or ():")
            path += "[*]"
        else:
            self._emit(every, depth, f"{item} = {holder}.{part.name}")
            self._emit(every, depth, f"if {item} is not None:")
        self._emit(every, depth + 1, "pass")
        self._write_level(part.references, part.properties, part.parts, (item, path, depth + 1))
        self._write_choices(part.choices, part.parts, (item, path, depth + 1))
        if part.is_collection and part.key:
            self._unique_items(part, at)

    def _unique_items(self, part: Part, at: tuple[str, str, int]) -> None:
        holder, _, depth = at
        keys = ", ".join(_key_expression("x", key) for key in part.key)
        self._emit(["is_coherent"], depth, f"items = {holder}.{part.name}")
        self._emit(["is_coherent"], depth, "if items is not None and len(items) > 1:")
        self._emit(["is_coherent"], depth + 1, f"if len({{({keys},) for x in items}}) != len(items):")
        self._emit(["is_coherent"], depth + 2, "return False")

    def _write_extensions(self) -> None:
        if not self.resource.extensions:
            return
        every = [*self._source]
        self._emit(every, 1, "e = d._ext")
        self._emit(every, 1, "if e is not None:")
        for part in self.resource.extensions:
            self._part(part, ("e", f"$._ext.{part.name}", 2))

    def _write_unified(self) -> None:
        for group in (*self.resource.unified, *self.resource.equal):
            self._emit(["is_coherent"], 1, "v = None")
            for path in group:
                self._compare(path)

    def _compare(self, path: str) -> None:
        steps = path.removeprefix("$.").split(".")
        holder, depth = "d", 1
        for number, step in enumerate(steps[:-1]):
            here = f"u{number}"
            if step.endswith("[*]"):
                self._emit(["is_coherent"], depth, f"for {here} in {holder}.{step[:-3]} or ():")
            else:
                self._emit(["is_coherent"], depth, f"{here} = {holder}.{step}")
                self._emit(["is_coherent"], depth, f"if {here} is not None:")
            holder, depth = here, depth + 1
        value = f"{holder}.{steps[-1]}"
        self._emit(["is_coherent"], depth, f"w = {value}")
        self._emit(["is_coherent"], depth, "if w is not None:")
        if ignores_case(path):
            self._emit(["is_coherent"], depth + 1, "w = w.lower()")
        self._emit(["is_coherent"], depth + 1, "if v is None: v = w")
        self._emit(["is_coherent"], depth + 1, "elif v != w: return False")

    def _write_choices(
        self, choices: Sequence[Choice], parts: Sequence[Part], at: tuple[str, str, int]
    ) -> None:
        holder, _, depth = at
        collections = {part.name for part in parts if part.is_collection}
        for choice in choices:
            # An empty collection says nothing, so it takes no alternative.
            taken = (
                " or ".join(
                    f"{holder}.{m}" if m in collections else f"{holder}.{m} is not None" for m in names
                )
                for names in choice.alternatives
            )
            count = " + ".join(f"bool({test})" for test in taken)
            rule = "!= 1" if choice.is_required else "> 1"
            self._emit(["is_coherent"], depth, f"if {count} {rule}: return False")


def _key_expression(item: str, key: str) -> str:
    head, _, rest = key.partition(".")
    value = f"{item}.{key}"
    lowered = f"{value}.lower()" if ignores_case(key) else value
    return f"({lowered} if {item}.{head} is not None else None)" if rest or lowered != value else value


def schema_member(resource: Resource) -> str:
    """The resource's name as a JSON member: `studentSchoolAssociation`."""
    return camel_case(resource.name)
