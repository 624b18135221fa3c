"""Which profile a request uses: the one its content type names, or the one the client is bound to.

Pure. The order of the checks and their answers follow edfi-api.md 1.11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.standard.model import Resource
from homeroom.standard.openapi_sides import Usage
from homeroom.trust.grant import Refusal
from homeroom.trust.profile_compile import CompiledProfile
from homeroom.trust.profile_masks import Mask
from homeroom.trust.profile_refusals import (
    refuse_profile_method,
    refuse_profile_usage,
    refuse_unassigned_profile,
)

_START: Final = "application/vnd."
_SHAPE: Final = re.compile(
    r"application/vnd\.[\w-]+\.(?P<resource>\w+)\.(?P<profile>[\w-]+)\.(?P<usage>readable|writable)\+json",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProfileType:
    """A content type that names a profile; resource and profile as the sender spelled them."""

    resource: str
    profile: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class MalformedType:
    """A content type that means a profile, but is not of the right shape."""


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """What a request says: its method, the content type it names (None for none), and the resource.

    The header is Accept when reading and Content-Type when writing.
    """

    method: str
    header: str | None
    resource: Resource

    @property
    def usage(self) -> Usage:
        """The side of a profile that the method needs."""
        return Usage.READABLE if self.method == "GET" else Usage.WRITABLE

    @property
    def header_name(self) -> str:
        """The header that names the profile."""
        return "Accept" if self.method == "GET" else "Content-Type"


@dataclass(frozen=True, slots=True)
class ChosenProfile:
    """The profile of a request: its mask, and the content type the answer carries."""

    name: str
    mask: Mask
    content_type: str


def parse_content_type(header: str | None) -> ProfileType | MalformedType | None:
    """What a header says of a profile; None when it says nothing of one (`application/json`)."""
    value = (header or "").partition(";")[0].strip()
    if not value.lower().startswith(_START):
        return None
    match = _SHAPE.fullmatch(value)
    if match is None:
        return MalformedType()
    return ProfileType(match["resource"], match["profile"], Usage(match["usage"].lower()))


def render_content_type(resource: Resource, profile: str, *, usage: Usage) -> str:
    """`application/vnd.ed-fi.student.test-profile.readable+json`."""
    return f"{_START}{resource.schema}.{resource.name}.{profile}.{usage}+json".lower()


def choose_profile(
    profiles: Mapping[str, CompiledProfile], assigned: Sequence[str], *, request: ProfileRequest
) -> ChosenProfile | Refusal | None:
    """The profile that a request uses; None when none applies.

    profiles: all of the district, by folded name; assigned: names of those the client is bound to.
    """
    bound = [profiles.get(name.casefold()) for name in sorted(assigned, key=str.casefold)]
    relevant = [profile for profile in bound if profile and request.resource.name in profile.resources]
    if any(profile is None or not (profile.is_usable or profile.resources) for profile in bound):
        # Nobody can tell what it would hide, so it hides everything.
        return _refuse_unknown(request)
    match parse_content_type(request.header):
        case MalformedType():
            error = f"The format of the profile-based '{request.header_name}' header was invalid."
            return refuse_profile_usage(error)
        case ProfileType() as named:
            return _named(profiles, relevant, request=request, named=named)
        case None if not relevant:
            return None
        case None if len(relevant) == 1:
            return _chosen(relevant[0], request)
        case None:
            return _refuse_unassigned(relevant, request)


def _named(
    profiles: Mapping[str, CompiledProfile],
    relevant: Sequence[CompiledProfile],
    *,
    request: ProfileRequest,
    named: ProfileType,
) -> ChosenProfile | Refusal:
    if named.usage is not request.usage:
        error = (
            f"A profile-based content type that is {named.usage} cannot be used with {request.method} "
            "requests."
        )
        return refuse_profile_usage(error)
    profile = profiles.get(named.profile.casefold())
    if profile is None:
        return _refuse_unknown(request)
    if relevant and profile not in relevant:
        return _refuse_unassigned(relevant, request)
    if named.resource.casefold() != request.resource.name.casefold():
        return refuse_profile_usage(
            f"The resource specified by the profile-based content type ('{named.resource}') does not match "
            f"the requested resource ('{request.resource.name}')."
        )
    return _chosen(profile, request)


def _chosen(profile: CompiledProfile, request: ProfileRequest) -> ChosenProfile | Refusal:
    resource = request.resource
    if not profile.is_usable:
        return _refuse_unknown(request)
    masks = profile.resources.get(resource.name)
    if masks is None:
        error = (
            f"Resource '{resource.name}' is not accessible through the '{profile.name}' profile specified by "
            "the content type."
        )
        return refuse_profile_usage(
            error,
            detail="The resource is not contained by the profile used by (or applied to) the request.",
        )
    mask = masks.read if request.usage is Usage.READABLE else masks.write
    if mask is None:
        return refuse_profile_method(resource.name, profile.name, request.usage)
    content_type = render_content_type(resource, profile.name, usage=request.usage)
    return ChosenProfile(profile.name, mask, content_type)


def _refuse_unknown(request: ProfileRequest) -> Refusal:
    error = (
        f"The profile specified by the content type in the '{request.header_name}' header is not supported "
        "by this host."
    )
    return refuse_profile_usage(error, status=406 if request.usage is Usage.READABLE else 415)


def _refuse_unassigned(relevant: Sequence[CompiledProfile], request: ProfileRequest) -> Refusal:
    types = [render_content_type(request.resource, p.name, usage=request.usage) for p in relevant]
    return refuse_unassigned_profile(types)
