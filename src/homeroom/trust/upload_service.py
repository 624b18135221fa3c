"""Which programs may send files: holders of the claim `services/uploads`.

What is in a file is loaded as the district's own task, whatever else its sender may do; so nobody holds the claim
unless the district gives it: by the claim set `Homeroom File Upload`, which gives nothing else, or in its own claims.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from homeroom.trust.actors import ApiClient
from homeroom.trust.claims import (
    Claim,
    ClaimBook,
    ClaimSet,
    Granted,
    LacksAction,
    LacksClaim,
    NoMetadata,
    NoStrategies,
    claim_set_key,
)
from homeroom.trust.grant import Action, Refusal
from homeroom.trust.refusals import refuse_unclaimed

CLAIM_SET: Final = "Homeroom File Upload"
_CLAIM: Final = "services/uploads"
_ACTIONS: Final = dict.fromkeys((Action.CREATE, Action.READ), ("NoFurtherAuthorizationRequired",))


@dataclass(frozen=True, slots=True)
class UploadLeave:
    """Leave to send files and to see what became of one's own. Made by `decide_uploads` alone."""

    client: ApiClient
    action: Action


def with_upload_claim(book: ClaimBook) -> ClaimBook:
    """The standard's claims with that of uploads, which one claim set of ours holds."""
    claim = Claim(_CLAIM, _ACTIONS, {claim_set_key(CLAIM_SET): dict.fromkeys(_ACTIONS, ())})
    own = ClaimSet(CLAIM_SET, is_system_reserved=True)
    return replace(book, claims=(*book.claims, claim), claim_sets=(*book.claim_sets, own))


def decide_uploads(book: ClaimBook, client: ApiClient, *, action: Action) -> UploadLeave | Refusal:
    """Leave to send files (Create) or to ask after them (Read), or the refusal."""
    match book.resolve(client.claim_set, _CLAIM, action):
        case NoMetadata() | LacksClaim() | LacksAction() | NoStrategies() as lacking:
            return refuse_unclaimed(lacking, client.claim_set, action)
        case Granted():
            return UploadLeave(client, action)
