"""API clients by their tokens, and what the policy says to each."""

from __future__ import annotations

from homeroom.records.district import District
from homeroom.trust.actors import ApiClient
from homeroom.trust.claim_store import claim_book
from homeroom.trust.grant import Action, Decision
from homeroom.trust.policy import PolicyCache, Rulebook
from homeroom.trust.purposes import default_purpose
from homeroom.trust.refusals import refuse_purpose
from homeroom.trust.tokens import IssuedToken, TokenRefusal, find_token, issue_token


class ClientAccess:
    """Tokens to clients and questions to decisions, for one district in one process."""

    def __init__(self, district: District) -> None:
        self._district = district
        self._policy: PolicyCache | None = None

    async def issue(
        self, key: str, secret: str, *, scope: str | None, address: str
    ) -> IssuedToken | TokenRefusal:
        """A token for the client of that key, or why there is none."""
        return await issue_token(self._district, key=key, secret=secret, scope=scope, address=address)

    async def client_of(self, token: str) -> ApiClient | None:
        """The client that holds the token; None for a token that is unknown, over or revoked."""
        return await find_token(self._district, token)

    async def decide(self, client: ApiClient, *, action: Action, resource: str) -> Decision:
        """What the policy says to the client's action under its usual purpose.

        The same question has the same object for an answer as long as no rule changes.
        """
        purpose = default_purpose(client)
        if purpose is None:
            return refuse_purpose()
        policy = await self.policy()
        return policy.decide(client, purpose=purpose, action=action, resource=resource)

    async def policy(self) -> PolicyCache:
        """Decisions under the claims and the Model as they are now."""
        book = await claim_book(self._district)
        model = self._district.catalog.model
        policy = self._policy
        if policy is None or policy.rulebook.claims is not book or policy.rulebook.model is not model:
            policy = PolicyCache(Rulebook(model, book, self._district.sealing.classification))
            self._policy = policy
        return policy
