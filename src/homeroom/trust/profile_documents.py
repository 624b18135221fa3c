"""What the published description of a profile holds.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeroom.standard.model import Model, Resource
from homeroom.standard.openapi_sides import Shown, Side, Usage
from homeroom.trust.profile_choice import render_content_type
from homeroom.trust.profile_compile import CompiledProfile
from homeroom.trust.profile_masks import Mask
from homeroom.trust.profile_narrow import narrow_resource


def shown_in_profile(profile: CompiledProfile, model: Model) -> Sequence[Shown]:
    """The profile's resources, each side as it is seen there."""
    return [
        Shown(
            model.resources[name],
            _side(profile, model.resources[name], masks.read, Usage.READABLE),
            _side(profile, model.resources[name], masks.write, Usage.WRITABLE),
        )
        for name, masks in profile.resources.items()
    ]


def _side(profile: CompiledProfile, resource: Resource, mask: Mask | None, usage: Usage) -> Side | None:
    if mask is None:
        return None
    content_type = render_content_type(resource, profile.name, usage=usage)
    return Side(narrow_resource(resource, mask), usage, content_type)
