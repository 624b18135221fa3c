"""Steps that change: parse what is sent, store it, delete."""

from __future__ import annotations

from typing import Final

from homeroom.records.outcomes import Absent, AlreadyThere, Inserted, Outcome, Stale, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.remove import delete_record
from homeroom.standard.check import parse_document
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.deciding import check_own_id
from homeroom.web.api.exchange import BodyTooLargeError, Response
from homeroom.web.api.profiled import merge_with_stored

_MOST_MERGES: Final = 5


async def read_body(call: Call) -> Answer | None:
    """The body, which must not be empty."""
    try:
        call.body = await call.request.body()
    except BodyTooLargeError:
        return problems.TOO_LARGE
    if call.body.strip():
        return None
    if call.uuid is None:
        return problems.bad_request(problems.EMPTY_BODY)
    return problems.invalid_data({"$": [problems.EMPTY_BODY]})


async def parse_draft(call: Call) -> Answer | None:
    """The document that is sent, and what it says of its own id. Through a profile it is no whole one yet."""
    if call.profile is not None:
        return None
    found = parse_document(call.kind.document, call.body)
    if isinstance(found, tuple):
        return problems.problem_of_findings(found)
    call.document = found
    return check_own_id(call, getattr(found, "id", None))


async def write(call: Call) -> Answer | None:
    """Stores the document: in place of the record of the path, or by its key."""
    outcome = await _submit(call)
    for _ in range(_MOST_MERGES):
        if not _has_moved(call, outcome):
            break
        answer = await merge_with_stored(call)
        if answer is not None:
            return answer
        outcome = await _submit(call)
    if _has_moved(call, outcome):
        return problems.MULTI_USER_CONFLICT  # the caller asked for no version that could be stale
    match outcome:
        case Inserted() | Updated() | Unchanged():
            return _stored(call, outcome)
        case Absent():
            return problems.NOTHING_TO_UPDATE
        case _:
            return _problem(outcome)


async def _submit(call: Call) -> Outcome:
    headers = call.request.headers
    is_merged_new = call.profile is not None and call.stored_etag is None
    draft = Draft(
        call.document,
        uuid=call.uuid,
        if_match=headers.get("if-match") or call.stored_etag,
        only_new=call.uuid is None and (is_merged_new or headers.get("if-none-match", "").strip() == "*"),
        request=call.correlation_id,
    )
    return await call.site.write(call.resource.name, draft=draft, leave=call.leave)


def _has_moved(call: Call, outcome: Outcome) -> bool:
    """Whether the record is no longer the one that the document was merged with."""
    headers = call.request.headers
    if call.profile is None or "if-match" in headers or "if-none-match" in headers:
        return False
    return isinstance(outcome, Stale | AlreadyThere)


async def delete(call: Call) -> Answer | None:
    """Deletes the record of the path."""
    assert call.uuid is not None  # noqa: S101 - the step before found it
    outcome = await delete_record(
        call.site.district,
        call.grant,
        uuid=call.uuid,
        if_match=call.request.headers.get("if-match"),
        request=call.correlation_id,
    )
    if isinstance(outcome, Absent):
        return problems.NOTHING_TO_DELETE
    return problems.problem_of_outcome(outcome) or Response(204)


def _stored(call: Call, outcome: Inserted | Updated | Unchanged) -> Response:
    location = f"{call.base}/data/v3{call.resource.path}/{outcome.uuid.hex}"
    headers = [("location", location), ("etag", f'"{outcome.etag}"')]
    headers += [("warning", f'299 homeroom "{warning.words}"') for warning in outcome.warnings]
    if call.uuid is not None:
        return Response(204, headers=headers)
    return Response(201 if isinstance(outcome, Inserted) else 200, headers=headers)


def _problem(outcome: Outcome) -> Answer:
    problem = problems.problem_of_outcome(outcome)
    assert problem is not None  # noqa: S101 - what went well was answered before
    return problem
