"""The mapping from inBloom's files to the standard, as data: `inbloom.yaml`, checked while it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec
import yaml

Spec: TypeAlias = Any
"""How one member gets its value; the forms stand at the head of `inbloom.yaml`."""


class Naming(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One way the old files call a record: the same parts, as paths below it and below a reference to it.

    A part is a path, `a|b` for either of two, or `concept:path` for the key of what a reference there means.
    The first naming whose parts a reference gives decides; fallback: tried, too, when that found nothing.
    """

    record: tuple[str, ...]
    reference: tuple[str, ...]
    fallback: bool = False


class Concept(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A kind of record that others refer to.

    direct: key part -> paths below a reference, for keys that references carry whole. keep: further
    values of the record that rules ask for, by name.
    """

    resource: str
    direct: Mapping[str, Spec] = {}
    names: tuple[Naming, ...] = ()
    keep: Mapping[str, str] = {}


class RecordSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One record made of an element.

    concept: what it is known as. when: path -> texts, one of which must stand there. unless: elements that
    must not stand there. each: one record for each of these elements (paths then start there; a leading /
    starts at the record). schools_below: one
    record for each known school at or below that organisation. once: the same key is given once a package.
    optional: when it lacks what the standard requires, that is a warning and the element not lost.
    """

    resource: str
    members: Mapping[str, Spec]
    concept: str | None = None
    when: Mapping[str, tuple[str, ...]] = {}
    unless: str | None = None
    each: str | None = None
    schools_below: str | None = None
    once: bool = False
    optional: bool = False


class PartSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An element that the standard keeps inside another record: which one, and as what item."""

    concept: str
    at: str
    into: str
    members: Mapping[str, Spec]


class Tell(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A fact an element tells of something else; the first told stands, or the one of the newest date."""

    fact: str
    about: tuple[str, ...]
    value: str
    each: str | None = None
    newest: str | None = None


class Organization(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An element that is an organisation: its kind, by its category, and where it names those above it."""

    kinds: Mapping[str, str]
    category: str
    parents: tuple[str, ...]


class Entity(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What becomes of one kind of element.

    left: children that have no place in the standard (or not by themselves), and why. none: why the
    whole kind has none.
    """

    records: tuple[RecordSpec, ...] = ()
    parts: tuple[PartSpec, ...] = ()
    tells: tuple[Tell, ...] = ()
    organization: Organization | None = None
    left: Mapping[str, str] = {}
    none: str | None = None


class InbloomMapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The whole mapping.

    values: descriptor -> old text -> code value of the standard's own list. closed: descriptors whose values
    all stand in that list. shapes: collections that several entities share.
    """

    namespace: str
    concepts: Mapping[str, Concept]
    entities: Mapping[str, Entity]
    values: Mapping[str, Mapping[str, str]]
    closed: tuple[str, ...] = ()
    shapes: Mapping[str, Spec] = {}


def load_inbloom_mapping() -> InbloomMapping:
    """The mapping that ships with Homeroom."""
    return parse_inbloom_mapping((files("homeroom.interop") / "inbloom.yaml").read_text("utf-8"))


def parse_inbloom_mapping(text: str) -> InbloomMapping:
    """A mapping from its text; msgspec.ValidationError when it is not of this form."""
    # The safe loader in C where PyYAML has it: a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(text, Loader=loader), InbloomMapping)  # noqa: S506 - both are safe loaders
