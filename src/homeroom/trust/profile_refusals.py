"""Refusals of API profiles, in the words that Ed-Fi clients match on (edfi-api.md 1.9, 1.11).

Pure. Each code is listed in docs/reference/refusals.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homeroom.trust.grant import Refusal
from homeroom.trust.refusals import quoted

_USAGE: Final = "The request construction was invalid with respect to usage of a data policy."


def refuse_profile_usage(error: str, *, status: int = 400, detail: str = "") -> Refusal:
    """A content type that names a profile in a way that cannot be followed."""
    words = f"{_USAGE} {detail}" if detail else _USAGE
    return Refusal("profile:invalid-profile-usage", words, (error,), status, "Invalid Profile Usage")


def refuse_profile_method(resource: str, profile: str, side: str) -> Refusal:
    """The profile has no such side for the resource; side: `readable` or `writable`."""
    return Refusal(
        "profile:method-usage",
        f"{_USAGE} An attempt was made to access a resource that is not {side} using the profile.",
        (f"Resource class '{resource}' is not {side} using API profile '{profile}'.",),
        405,
        "Method Not Allowed with Profile",
    )


def refuse_unassigned_profile(content_types: Sequence[str]) -> Refusal:
    """The client is bound to profiles and used another, or named none; content_types: what would do."""
    error = (
        "Based on profile assignments, one of the following profile-specific content types is required "
        f"when requesting this resource: {quoted(content_types)}"
    )
    return Refusal(
        "security:data-policy:incorrect-usage",
        "A data policy failure was encountered. The request was not constructed correctly for the data "
        "policy that has been applied to this data for the caller.",
        (error,),
        403,
        "Data Policy Failure Due to Incorrect Usage",
    )


def refuse_uncreatable(profile: str, children: Sequence[str] = ()) -> Refusal:
    """The profile hides what creating needs; children: the kinds of items, none for the resource itself."""
    start = (
        f"The Profile definition for '{profile}' excludes (or does not include) one or more required data "
        "elements needed to create "
    )
    needed = [f"a child item of type '{child}' in the resource." for child in children] or ["the resource."]
    return Refusal(
        "bad-request:data-policy-enforced",
        "The data cannot be saved because a data policy has been applied to the request that prevents it.",
        tuple(start + what for what in needed),
        400,
        "Data Policy Enforced",
    )
