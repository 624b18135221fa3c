"""Steps that read: one record, a page, the parts of a list."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from homeroom.records.etags import matches_etag
from homeroom.records.explain import explain_refusal
from homeroom.records.read import PageRequest, read_page, read_partitions
from homeroom.web.api import paging, problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.exchange import JSON, Response, json_response
from homeroom.web.api.problems import Problem
from homeroom.web.api.profiled import view_of
from homeroom.web.api.years import narrow_to_year, year_of


async def read_item(call: Call) -> Answer | None:
    """The record, unless the reader has it already."""
    assert call.uuid is not None  # noqa: S101 - the step before found it
    record = await call.site.read(call.grant, call.uuid, request=call.correlation_id)
    year = year_of(call)
    if record is not None and year is not None and not year.shows(record):
        return problems.ITEM_NOT_FOUND
    if record is None:
        refusal = await explain_refusal(call.site.district, call.grant, call.uuid)
        return problems.problem_of_refusal(refusal) if refusal else problems.ITEM_NOT_FOUND
    body, etag = record.body, record.etag
    if call.profile is not None:
        body, etag = view_of(body, call.profile)
    tag = ("etag", f'"{etag}"')
    known = call.request.headers.get("if-none-match")
    if known and matches_etag(known, etag):
        return Response(304, headers=[tag])
    return Response(200, body.encode(), [("content-type", _content_type(call)), tag])


async def parse_list(call: Call) -> Answer | None:
    """Which part of the list is wanted."""
    page = paging.parse_page(call.request, _filters(call))
    if isinstance(page, Problem):
        return page
    call.page = narrow_to_year(call, page)
    return None


async def read_list(call: Call) -> Answer | None:
    """A page of the list."""
    page = await read_page(call.site.district, call.grant, wanted=call.page, request=call.correlation_id)
    headers = [("content-type", _content_type(call))]
    if page.total is not None:
        headers.append(("total-count", str(page.total)))
    token = paging.next_token(call.page, page)
    if token is not None:
        headers.append(("next-page-token", token))
    bodies = page.bodies
    if call.profile is not None:
        bodies = [view_of(body, call.profile).body for body in bodies]
    return Response(200, f"[{','.join(bodies)}]".encode(), headers)


async def parse_parts(call: Call) -> Answer | None:
    """In how many parts the list is wanted, and which list."""
    wanted = paging.parse_filters(call.request, _filters(call))
    if isinstance(wanted, Problem):
        return wanted
    asked = paging.parse_asked(call.request)
    if isinstance(asked, Problem):
        return asked
    page = PageRequest(limit=0, filters=wanted, min_version=asked.min_version, max_version=asked.max_version)
    call.page = narrow_to_year(call, page)
    return None


async def read_parts(call: Call) -> Answer | None:
    """Tokens of the parts of the list, each for a worker of the client's."""
    number = paging.parse_partitions(call.request)
    if isinstance(number, Problem):
        return number
    counted = await read_page(call.site.district, call.grant, wanted=replace(call.page, wants_total=True))
    if not counted.total:
        return json_response(b'{"pageTokens":[]}')
    number = min(number, -(-counted.total // paging.ROWS_OF_A_PARTITION))
    windows = await read_partitions(call.site.district, call.grant, wanted=call.page, number=number)
    tokens = [paging.render_token(paging.Window(first, last)) for first, last in windows]
    return json_response(msgspec.json.encode({"pageTokens": tokens}))


def _content_type(call: Call) -> str:
    return JSON if call.profile is None else call.profile.content_type


def _filters(call: Call) -> paging.Filters:
    """What the list is filtered by. What the profile hides is no filter, so that nobody guesses at it."""
    every = call.site.filters(call.resource)
    if call.profile is None:
        return every
    sees = call.profile.mask.sees
    return {name: f for name, f in every.items() if all(sees(_root_member(path)) for path in f.paths)}


def _root_member(path: str) -> str:
    return path.removeprefix("$.").partition(".")[0].removesuffix("[*]")
