"""What every ledger entry says of an act: six texts, in the order in which the statements take them."""

from __future__ import annotations

from homeroom.trust.grant import Grant

LedgerTexts = tuple[str, str, str, str, str, str]


def ledger_texts(grant: Grant, request: str) -> LedgerTexts:
    """Actor, purpose, action, resource, basis and the request's fingerprint."""
    return (grant.actor.label, grant.purpose.value, grant.action.value, grant.resource, grant.basis, request)
