"""Who may ask who is who through the Identities API: holders of the claim `services/identity` (edfi-api.md 1.14)."""

from __future__ import annotations

from typing import Final

from homeroom.standard.purposes import Purpose
from homeroom.trust.actors import ApiClient
from homeroom.trust.claims import ClaimBook, Granted, LacksAction, LacksClaim, NoMetadata, NoStrategies
from homeroom.trust.grant import Action, Decision, Grant
from homeroom.trust.refusals import refuse_unclaimed

_CLAIM: Final = "services/identity"


def decide_identities(book: ClaimBook, client: ApiClient, *, action: Action) -> Decision:
    """Leave to compare somebody with every student of the district, or the refusal.

    What is told of a student besides the unique id and the likeness is decided under the client's own Grants.
    """
    match book.resolve(client.claim_set, _CLAIM, action):
        case NoMetadata() | LacksClaim() | LacksAction() | NoStrategies() as lacking:
            return refuse_unclaimed(lacking, client.claim_set, action)
        case Granted(claim=claim):
            basis = f"claim set {client.claim_set}, claim {claim}"
            return Grant(client, Purpose.ENROLMENT_AND_TRANSFER, action, "Student", basis=basis)
