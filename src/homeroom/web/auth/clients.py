"""API clients by their tokens, and what the policy says to each."""

from __future__ import annotations

from functools import cache

from homeroom.base.clock import Clock
from homeroom.records.district import District
from homeroom.store.connect import Database
from homeroom.trust.actors import ApiClient
from homeroom.trust.claims import ClaimBook, load_claim_book
from homeroom.trust.grant import Action, Decision
from homeroom.trust.policy import PolicyCache, Rulebook
from homeroom.trust.purposes import default_purpose
from homeroom.trust.refusals import refuse_purpose
from homeroom.trust.tokens import IssuedToken, TokenBook, TokenRefusal, find_token, issue_token
from homeroom.trust.versions import Versions


class ClientAccess:
    """Tokens to clients and questions to decisions, for one district in one process."""

    def __init__(self, district: District, *, clock: Clock) -> None:
        self._district = district
        self.tokens = TokenBook(Versions(district.database), clock=clock)
        self._policy: PolicyCache | None = None

    @property
    def database(self) -> Database:
        """Where clients and tokens are kept."""
        return self._district.database

    async def issue(
        self, key: str, secret: str, *, scope: str | None, address: str
    ) -> IssuedToken | TokenRefusal:
        """A token for the client of that key, or why there is none."""
        return await issue_token(self, key=key, secret=secret, scope=scope, address=address)

    async def client_of(self, token: str) -> ApiClient | None:
        """The client that holds the token; None for a token that is unknown, over or revoked."""
        return await find_token(self, token)

    async def decide(self, client: ApiClient, *, action: Action, resource: str) -> Decision:
        """What the policy says to the client's action under its usual purpose."""
        purpose = default_purpose(client)
        if purpose is None:
            return refuse_purpose()
        policy = await self.policy()
        return policy.decide(client, purpose=purpose, action=action, resource=resource)

    async def policy(self) -> PolicyCache:
        """Decisions under the claims and the Model as they are now."""
        book = await self._claims()
        model = self._district.catalog.model
        policy = self._policy
        if policy is None or policy.rulebook.claims is not book or policy.rulebook.model is not model:
            policy = PolicyCache(Rulebook(model, book, self._district.sealing.classification))
            self._policy = policy
        return policy

    async def _claims(self) -> ClaimBook:
        return _shipped_claims(self._district.entry.standard)


@cache
def _shipped_claims(standard: str) -> ClaimBook:
    return load_claim_book(standard)
