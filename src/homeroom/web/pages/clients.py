"""API clients: what is registered, when it was last used, and why its requests fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from homeroom.trust.clients import ClientRecord, Credentials, list_clients
from homeroom.trust.failures import FailureCount, list_failures
from homeroom.web.pages.visits import MemberVisit

_FAILURE_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class FailureCause:
    """One cause over all days. last_at: when it last came."""

    status: int
    resource: str
    cause: str
    requests: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One client. failures: of the last days, the most frequent first. failed: all its failed requests."""

    record: ClientRecord
    failures: Sequence[FailureCause]
    failed: int


@dataclass(frozen=True, slots=True)
class ClientDraft:
    """What was typed into the form for a new client. faults: field and what is wrong with it."""

    name: str = ""
    claim_set: str = ""
    namespaces: str = ""
    organizations: str = ""
    faults: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ClientsPage:
    """clients: the newest first. claim_sets: to choose from. failure_days: over which failures are counted.

    secret: of a client just made or rotated, shown this once; None else. was_rotated: it replaced another.
    token_address: where a program gets its token. docs_address: what the API is, for whoever writes a program.
    """

    clients: Sequence[ClientLine]
    claim_sets: Sequence[str]
    failure_days: int
    token_address: str
    docs_address: str
    draft: ClientDraft = field(default_factory=ClientDraft)
    secret: Credentials | None = None
    was_rotated: bool = False


async def show_clients(visit: MemberVisit) -> Response:
    """All of them, and the form for a new one."""
    return await render_clients(visit)


async def render_clients(
    visit: MemberVisit,
    *,
    draft: ClientDraft | None = None,
    secret: Credentials | None = None,
    was_rotated: bool = False,
) -> Response:
    """The page, with the form as it was sent, or with a secret that is shown this once."""
    database = visit.district.database
    records = await list_clients(database)
    failures = await list_failures(database, since=visit.today - timedelta(days=_FAILURE_DAYS))
    book = await visit.district.claims.book(visit.district.catalog.model)
    page = ClientsPage(
        clients=[_line(record, failures) for record in records],
        claim_sets=[claim_set.name for claim_set in book.claim_sets],
        failure_days=_FAILURE_DAYS,
        token_address=f"{visit.root}/{visit.district.name}/oauth/token",
        docs_address=f"/docs/{visit.district.name}",
        draft=draft or ClientDraft(),
        secret=secret,
        was_rotated=was_rotated,
    )
    return visit.render("clients.html", page, status=400 if draft and draft.faults else 200)


def _line(record: ClientRecord, failures: Sequence[FailureCount]) -> ClientLine:
    causes: dict[tuple[int, str, str], FailureCause] = {}
    for count in failures:
        if count.failure.client == record.client.id:
            key = (count.failure.status, count.failure.resource, count.failure.cause)
            known = causes.get(key)
            requests = count.requests + (known.requests if known else 0)
            last_at = max(count.last_at, known.last_at) if known else count.last_at
            causes[key] = FailureCause(*key, requests, last_at)
    ordered = sorted(causes.values(), key=lambda c: -c.requests)
    return ClientLine(record, ordered, sum(c.requests for c in ordered))
