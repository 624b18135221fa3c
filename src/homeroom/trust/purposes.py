"""Which purposes an actor may name, and which one is meant when it names none.

The closed list itself is the standard's (`standard.purposes`); this is the map from kinds of actors to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeroom.standard.purposes import Purpose, describe_purpose
from homeroom.trust.actors import Actor, ApiClient, Operator, StaffMember

__all__ = ["Purpose", "default_purpose", "describe_purpose", "purposes_of"]

# An API client's claim set is its first agreement (DESIGN 11), and its registration names no purpose yet.
# What only families, researchers and the platform's own guards may ask for is no vendor's purpose.
_CLIENT: Final = (
    Purpose.PLATFORM_OPERATION,
    Purpose.INSTRUCTION,
    Purpose.ATTENDANCE_AND_SAFETY,
    Purpose.SPECIAL_SERVICES,
    Purpose.ENROLMENT_AND_TRANSFER,
    Purpose.STATUTORY_REPORTING,
)
_OPERATOR: Final = (Purpose.PLATFORM_OPERATION,)
_STAFF: Final[Mapping[str, tuple[Purpose, ...]]] = MappingProxyType(
    {
        "teacher": (Purpose.INSTRUCTION, Purpose.ATTENDANCE_AND_SAFETY),
        "principal": (
            Purpose.ATTENDANCE_AND_SAFETY,
            Purpose.INSTRUCTION,
            Purpose.ENROLMENT_AND_TRANSFER,
            Purpose.STATUTORY_REPORTING,
        ),
        "data_manager": (
            Purpose.ENROLMENT_AND_TRANSFER,
            Purpose.STATUTORY_REPORTING,
            Purpose.PLATFORM_OPERATION,
        ),
    }
)


def purposes_of(actor: Actor) -> tuple[Purpose, ...]:
    """The purposes the actor may name, its usual one first; none for a role nobody has described."""
    match actor:
        case ApiClient():
            return _CLIENT
        case StaffMember(role=role):
            return _STAFF.get(role, ())
        case Operator():
            return _OPERATOR


def default_purpose(actor: Actor) -> Purpose | None:
    """The purpose meant when the actor names none; None for an actor that may name none."""
    return next(iter(purposes_of(actor)), None)
