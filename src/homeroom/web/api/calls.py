"""A call of the data API on its way through the steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from homeroom.records.read import PageRequest
from homeroom.records.write import WriteLeave
from homeroom.standard.documents import Document
from homeroom.standard.model import Resource
from homeroom.store.catalog import Kind
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Grant
from homeroom.trust.profile_choice import ChosenProfile
from homeroom.web.api.exchange import Request, Response
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site


@dataclass(slots=True)
class Call:
    """One request to the data API. What the steps find out stands in the lower half, set in their order.

    schema, endpoint: as the path spells them. item: the segment below the resource; None for the list.
    base: the address of the service's tenant and year, without a slash at its end. year: the route's; None
    where it has none. stored_etag: of the record
    that the document was merged with, where a profile hides some of it.
    """

    request: Request
    site: Site
    base: str
    schema: str
    endpoint: str
    item: str | None
    year: int | None = None
    caller: ApiClient | None = None
    kind: Kind = field(init=False)
    resource: Resource = field(init=False)
    uuid: UUID | None = None
    profile: ChosenProfile | None = None
    body: bytes = b""
    document: Document = field(init=False)
    page: PageRequest = field(init=False)
    grant: Grant = field(init=False)
    leave: WriteLeave = field(init=False)
    stored_etag: str | None = None

    @property
    def client(self) -> ApiClient:
        """The caller, once the first step has found it."""
        assert self.caller is not None  # noqa: S101 - no step runs before the first
        return self.caller

    @property
    def correlation_id(self) -> str:
        """The caller's word for this exchange."""
        return self.request.correlation_id


Answer: TypeAlias = Response | Problem
Step: TypeAlias = Callable[[Call], Awaitable[Answer | None]]
"""Finds out one thing, or ends the call with an answer."""


async def walk_steps(call: Call, steps: tuple[Step, ...]) -> Answer:
    """The answer of the first step that has one; the last step always has."""
    for step in steps:
        answer = await step(call)
        if answer is not None:
            return answer
    raise AssertionError("the last step of a verb answers")
