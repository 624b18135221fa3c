"""What a document describes of a resource: how it is read and how it is written, each as a profile may narrow it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeroom.standard.model import Part, Resource
from homeroom.standard.names import camel_case
from homeroom.standard.openapi_names import extensions_name, part_name, schema_name

JSON_TYPE: Final = "application/json"


class Usage(StrEnum):
    """The side of a profile that a content type names, and the last word of the names of its schemas."""

    READABLE = "readable"
    WRITABLE = "writable"


@dataclass(frozen=True, slots=True)
class Side:
    """One way of using a resource. resource: with what is seen of it; usage: None for the whole resource."""

    resource: Resource
    usage: Usage | None = None
    media_type: str = JSON_TYPE

    @property
    def schema(self) -> str:
        """`edFi_student`, `edFi_student_readable`."""
        return self._named(schema_name(self.resource))

    @property
    def extensions_schema(self) -> str:
        """Of the resource's `_ext`."""
        return self._named(extensions_name(self.resource))

    def part_schema(self, prefix: str, part: Part) -> str:
        """`edFi_studentIdentificationDocument_readable`.

        A part that other resources of the same base have too is narrowed here alone, and named so:
        `edFi_educationOrganizationAddress_school_readable`.
        """
        name = part_name(prefix, part)
        if self.usage and not part.entity.startswith(self.resource.name):
            name = f"{name}_{camel_case(self.resource.name)}"
        return self._named(name)

    def _named(self, name: str) -> str:
        return f"{name}_{self.usage}" if self.usage else name


@dataclass(frozen=True, slots=True)
class Shown:
    """A resource in a document; a side that is None has no operations there."""

    resource: Resource
    read: Side | None
    write: Side | None

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those there are, each once."""
        both = (self.read,) if self.read is self.write else (self.read, self.write)
        return tuple(side for side in both if side is not None)


def shown_whole(resource: Resource) -> Shown:
    """The resource as it is, for reading and writing alike."""
    side = Side(resource)
    return Shown(resource, side, side)
