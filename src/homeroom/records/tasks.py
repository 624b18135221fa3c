"""What the district's own tasks and staff may do: the policy without the claims, which are for programs."""

from __future__ import annotations

from typing import Final

from homeroom.records.district import District
from homeroom.standard.purposes import Purpose
from homeroom.trust.actors import Operator, StaffMember
from homeroom.trust.claims import ClaimBook
from homeroom.trust.grant import Action, Decision
from homeroom.trust.policy import Rulebook, decide

_NO_CLAIMS: Final = ClaimBook((), ())


def decide_own(
    district: District, actor: Operator | StaffMember, *, purpose: Purpose, action: Action, resource: str
) -> Decision:
    """The policy's answer for somebody of the district's own."""
    rulebook = Rulebook(district.catalog.model, _NO_CLAIMS, district.sealing.classification)
    return decide(rulebook, actor, purpose=purpose, action=action, resource=resource)


def decide_task(district: District, task: str, *, action: Action, resource: str) -> Decision:
    """The policy's answer for one of the district's tasks."""
    return decide_own(
        district, Operator(task), purpose=Purpose.PLATFORM_OPERATION, action=action, resource=resource
    )
