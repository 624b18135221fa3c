"""What is done to API clients from their page: made, given a new secret, ended."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from homeroom.trust.clients import Registration, create_client, revoke_client, rotate_client
from homeroom.web.pages.clients import ClientDraft, render_clients
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_PARTED: Final = re.compile(r"[\s,]+")
_LONGEST: Final = 200


async def do_create(visit: MemberVisit) -> Response:
    """Registers a client and shows its secret, this once."""
    form = visit.form
    draft = ClientDraft(
        form.text("name"), form.text("claim_set"), form.text("namespaces"), form.text("organizations")
    )
    organizations = _parse_organizations(draft.organizations)
    faults = _check(draft, organizations)
    if faults or organizations is None:
        with_faults = ClientDraft(draft.name, draft.claim_set, draft.namespaces, draft.organizations, faults)
        return await render_clients(visit, draft=with_faults)
    registration = Registration(
        draft.claim_set,
        namespace_prefixes=tuple(filter(None, _PARTED.split(draft.namespaces))),
        organizations=organizations,
        name=draft.name,
    )
    secret = await create_client(visit.district.database, visit.member, registration=registration)
    return await render_clients(visit, secret=secret)


async def do_rotate(visit: MemberVisit) -> Response:
    """A new secret, shown this once; the old one ends now."""
    key = visit.form.text("key")
    secret = await rotate_client(visit.district.database, visit.member, key=key)
    if secret is None:
        return answer_absent(visit)
    return await render_clients(visit, secret=secret, was_rotated=True)


async def do_revoke(visit: MemberVisit) -> Response:
    """Ends the client for good."""
    if not await revoke_client(visit.district.database, visit.member, key=visit.form.text("key")):
        return answer_absent(visit)
    return visit.go_to("/clients")


def _check(draft: ClientDraft, organizations: tuple[int, ...] | None) -> list[tuple[str, str]]:
    faults = []
    if not draft.name or len(draft.name) > _LONGEST:
        faults.append(("name", "missing"))
    if not draft.claim_set:
        faults.append(("claim_set", "missing"))
    if organizations is None:
        faults.append(("organizations", "not_numbers"))
    if any("\0" in text for text in (draft.name, draft.claim_set, draft.namespaces)):
        faults.append(("name", "unreadable"))
    return faults


def _parse_organizations(text: str) -> tuple[int, ...] | None:
    """The ids, parted by blanks or commas; None when one is no whole number."""
    words = list(filter(None, _PARTED.split(text)))
    if not all(re.fullmatch(r"[0-9]{1,18}", word) and int(word) > 0 for word in words):
        return None
    return tuple(int(word) for word in words)
