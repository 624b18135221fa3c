"""Which parts of the pages a person may enter; what they find there is decided record by record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from homeroom.trust.actors import StaffMember
from homeroom.trust.grant import Refusal


class Area(StrEnum):
    """Parts of the pages. LEDGER: who read a record; DISTRICT: what is loaded and what failed; MATCHES: who is
    who; FILES: what was sent in, and what of it waits."""

    SECTIONS = "sections"
    RECORDS = "records"
    LEDGER = "ledger"
    DISTRICT = "district"
    CLIENTS = "clients"
    MATCHES = "matches"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class AreaLeave:
    """Leave to enter a part. Made by `decide_area` alone."""

    member: StaffMember
    area: Area


_AREAS: Final[Mapping[str, frozenset[Area]]] = MappingProxyType(
    {
        "teacher": frozenset({Area.SECTIONS, Area.RECORDS}),
        "principal": frozenset({Area.SECTIONS, Area.RECORDS}),
        "data_manager": frozenset(
            {Area.DISTRICT, Area.FILES, Area.RECORDS, Area.LEDGER, Area.CLIENTS, Area.MATCHES}
        ),
    }
)


def areas_of(member: StaffMember) -> frozenset[Area]:
    """The parts a role may enter; none for a role nobody has described."""
    return _AREAS.get(member.role, frozenset())


def decide_area(member: StaffMember, area: Area) -> AreaLeave | Refusal:
    """Leave to enter the part, or the refusal."""
    if area in areas_of(member):
        return AreaLeave(member, area)
    return Refusal("page:area", "Your role does not include this page.")
