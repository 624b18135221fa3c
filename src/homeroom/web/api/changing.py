"""Steps that change: parse what is sent, store it, delete."""

from __future__ import annotations

from homeroom.records.outcomes import Absent, Inserted, Outcome, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.remove import delete_record
from homeroom.standard.check import parse_document
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.deciding import parse_identifier
from homeroom.web.api.exchange import BodyTooLargeError, Response


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
    """The document that is sent, and what it says of its own id."""
    found = parse_document(call.kind.document, call.body)
    if isinstance(found, tuple):
        return problems.problem_of_findings(found)
    given = getattr(found, "id", None)
    if given is not None and call.uuid is None:
        return problems.CLIENT_ASSIGNED_ID
    if given is not None and parse_identifier(str(given)) != call.uuid:
        return problems.OTHER_ID
    call.document = found
    return None


async def write(call: Call) -> Answer | None:
    """Stores the document: in place of the record of the path, or by its key."""
    headers = call.request.headers
    draft = Draft(
        call.document,
        uuid=call.uuid,
        if_match=headers.get("if-match"),
        only_new=call.uuid is None and headers.get("if-none-match", "").strip() == "*",
    )
    outcome = await call.site.write(call.resource.name, draft=draft, leave=call.leave)
    match outcome:
        case Inserted() | Updated() | Unchanged():
            return _stored(call, outcome)
        case Absent():
            return problems.NOTHING_TO_UPDATE
        case _:
            return _problem(outcome)


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
    if call.uuid is not None:
        return Response(204, headers=headers)
    return Response(201 if isinstance(outcome, Inserted) else 200, headers=headers)


def _problem(outcome: Outcome) -> Answer:
    problem = problems.problem_of_outcome(outcome)
    assert problem is not None  # noqa: S101 - what went well was answered before
    return problem
