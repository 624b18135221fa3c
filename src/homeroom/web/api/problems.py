"""The one place where what can go wrong becomes a response: types, titles, details and statuses.

Texts are the Ed-Fi ODS/API's, because clients match on them (edfi-api.md 1.3, 1.4, 1.6, 1.9). Empty members
are left out: a client that looks for `validationErrors` first would show nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.records.outcomes import (
    Absent,
    AlreadyThere,
    Conflict,
    Deleted,
    Dependents,
    Inserted,
    Invalid,
    KeyChangeRefused,
    Outcome,
    Overtaken,
    Refused,
    Stale,
    Unchanged,
    Unresolved,
    Updated,
)
from homeroom.trust.grant import Refusal
from homeroom.web.api.exchange import Response

PROBLEM: Final = "application/problem+json"
_PREFIX: Final = "urn:ed-fi:api:"
_CONSTRUCTION: Final = "The request construction was invalid."
_INDEX: Final = re.compile(r"\[[0-9]+\]")
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as the caller is told.

    kind: the type below `urn:ed-fi:api:`; headers: what the response carries besides.
    """

    kind: str
    status: int
    title: str
    detail: str
    validation_errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def cause_of(problem: Problem) -> str:
    """What tells one cause of failures from another: the type and the members it is about, no values."""
    members = sorted({_INDEX.sub("[*]", path) for path in problem.validation_errors})
    return " ".join((problem.kind, *members[:_MOST_NAMED]))


def render_problem(problem: Problem, correlation_id: str) -> Response:
    """The response that tells a problem."""
    headers = [("content-type", PROBLEM), ("cache-control", "no-store"), *problem.headers]
    return Response(problem.status, msgspec.json.encode(problem_members(problem, correlation_id)), headers)


def problem_members(problem: Problem, correlation_id: str) -> dict[str, object]:
    """The members of a problem body, in the order that clients know."""
    members: dict[str, object] = {
        "detail": problem.detail,
        "type": _PREFIX + problem.kind,
        "title": problem.title,
        "status": problem.status,
        "correlationId": correlation_id,
        "validationErrors": problem.validation_errors,
        "errors": problem.errors,
    }
    return {name: value for name, value in members.items() if value}


# --- the request itself -----------------------------------------------------------------------------------

NOT_FOUND: Final = Problem("not-found", 404, "Not Found", "The specified data could not be found.")
ITEM_NOT_FOUND: Final = replace(NOT_FOUND, detail="The specified item could not be found.")
NOTHING_TO_UPDATE: Final = replace(NOT_FOUND, detail="Resource to update was not found.")
NOTHING_TO_DELETE: Final = replace(NOT_FOUND, detail="Resource to delete was not found.")
NO_SNAPSHOT: Final = replace(
    NOT_FOUND,
    detail="Snapshot not found.",
    errors=("The snapshot connection for the ODS has not been configured.",),
)
SNAPSHOT_IS_READ_ONLY: Final = Problem(
    "snapshots:method-not-allowed",
    405,
    "Method Not Allowed with Snapshots",
    _CONSTRUCTION,
    errors=("Snapshots are read-only.",),
    headers=(("allow", "GET"),),
)
FEATURE_DISABLED: Final = Problem(
    "system:configuration:feature-disabled",
    404,
    "Feature Disabled",
    "The requested feature is not enabled on this server.",
)
IDENTITY_UNDECIDED: Final = Problem(
    "data-conflict:identity-undecided",
    409,
    "Identity Undecided",
    "Somebody of the district may be the same person; a person there has to decide first.",
)
TOO_LARGE: Final = Problem(
    "content-too-large",
    413,
    "Content Too Large",
    "The request body is larger than 10 MB.",
    headers=(("connection", "close"),),
)
SYSTEM: Final = Problem("system", 500, "System Error", "An unexpected problem has occurred.")
DATABASE_AWAY: Final = Problem(
    "system:database-connection",
    503,
    "Database Connection",
    "The database could not be reached.",
    headers=(("retry-after", "5"),),
)
CUT_OFF: Final = Problem("bad-request", 400, "Bad Request", "The request ended before its body did.")
UPLOAD_TOO_LARGE: Final = replace(
    TOO_LARGE, detail="The file is larger than this district takes; `largest_upload_mb` is its setting."
)
NO_SPACE: Final = Problem(
    "system:insufficient-storage",
    507,
    "Insufficient Storage",
    "There is no space left for the file; nothing of it was kept.",
)
EMPTY_BODY: Final = "A non-empty request body is required."
_CLIENT_ASSIGNED: Final = (
    "Resource identifiers cannot be assigned by the client. The 'id' property should not be included in the "
    "request body."
)
CLIENT_ASSIGNED_ID: Final = Problem(
    "bad-request:data-validation-failed",
    400,
    "Data Validation Failed",
    "The request data was constructed incorrectly.",
    errors=(_CLIENT_ASSIGNED,),
)
OTHER_ID: Final = replace(CLIENT_ASSIGNED_ID, errors=("Request body id must match the id in the url.",))

_POST_ITEM: Final = (
    'Resource items can only be updated using PUT. To "upsert" an item in the resource collection using '
    'POST, remove the "id" from the route.'
)
_PUT_COLLECTION: Final = (
    'Resource collections cannot be replaced. To "upsert" an item in the collection, use POST. To update '
    'a specific item, use PUT and include the "id" in the route.'
)
_DELETE_COLLECTION: Final = (
    'Resource collections cannot be deleted. To delete a specific item, use DELETE and include the "id" '
    "in the route."
)


def bad_request(*errors: str) -> Problem:
    """A request that cannot be followed."""
    detail = "The request could not be processed. See 'errors' for details."
    return Problem("bad-request", 400, "Bad Request", detail, errors=errors)


def method_not_allowed(error: str, *, allow: str) -> Problem:
    """A verb that the address does not have; allow: those it has."""
    headers = (("allow", allow),)
    return Problem(
        "method-not-allowed", 405, "Method Not Allowed", _CONSTRUCTION, errors=(error,), headers=headers
    )


def wrong_verb_for_item() -> Problem:
    """POST to one record."""
    return method_not_allowed(_POST_ITEM, allow="GET, PUT, DELETE")


def wrong_verb_for_list(method: str) -> Problem:
    """PUT or DELETE to a whole resource."""
    return method_not_allowed(_PUT_COLLECTION if method == "PUT" else _DELETE_COLLECTION, allow="GET, POST")


def unsupported_method(method: str, *, allow: str) -> Problem:
    """A verb that no address of ours has."""
    word = method if method.isalpha() and len(method) <= 20 else "given"
    return method_not_allowed(
        f"The endpoint of the request does not support the '{word}' method.", allow=allow
    )


def unsupported_media_type(*, is_missing: bool) -> Problem:
    """A Content-Type that is absent, or that we do not read."""
    error = (
        "The 'Content-Type' header is missing."
        if is_missing
        else "The value specified in the 'Content-Type' header is not supported by this host."
    )
    return Problem("unsupported-media-type", 415, "Unsupported Media Type", _CONSTRUCTION, errors=(error,))


def invalid_parameters(*errors: str) -> Problem:
    """Paging and the like out of bounds."""
    kind = "bad-request:parameter-validation-failed"
    return Problem(kind, 400, "Parameter Validation Failed", _CONSTRUCTION, errors=errors)


def invalid_data(validation_errors: Mapping[str, Sequence[str]]) -> Problem:
    """Values that do not fit: by JSON path, all reported together."""
    return Problem(
        "bad-request:data-validation-failed",
        400,
        "Data Validation Failed",
        "Data validation failed. See 'validationErrors' for details.",
        validation_errors,
    )


def invalid_value(name: str, text: str) -> Problem:
    """A value in the address that is not of its type."""
    return invalid_data({f"$.{name}": [f"The value '{text}' is not valid."]})


def problem_of_findings(findings: Iterable[Finding]) -> Problem:
    """Faults in a body, by path."""
    by_path: dict[str, list[str]] = {}
    for finding in findings:
        by_path.setdefault(finding.place.path or "$", []).append(finding.words)
    return invalid_data(by_path)


# --- who asks ---------------------------------------------------------------------------------------------


def unauthenticated(error: str) -> Problem:
    """No token, or none that is good."""
    return Problem(
        "security:authentication",
        401,
        "Authentication Failed",
        "The caller could not be authenticated.",
        errors=(error,),
        headers=(("www-authenticate", "Bearer"),),
    )


def invalid_token(detail: str) -> Problem:
    """A token to look into that cannot be looked into."""
    return Problem("bad-request", 400, "Bad Request", detail)


def too_many_tokens() -> Problem:
    """The client holds as many live tokens as one may."""
    return Problem(
        "security:authentication:too-many-tokens",
        429,
        "Too Many Tokens",
        "The caller has too many access tokens in use. Use one until it ends.",
        headers=(("retry-after", "60"),),
    )


def too_many_requests(wait_seconds: int) -> Problem:
    """The client sends more requests than its district lets it."""
    return Problem(
        "too-many-requests",
        429,
        "Too Many Requests",
        "The caller has sent more requests than it may in this time. Wait before sending the next.",
        headers=(("retry-after", str(wait_seconds)),),
    )


def locked_out(wait_seconds: int) -> Problem:
    """Too many wrong secrets from there."""
    return Problem(
        "security:authentication:too-many-attempts",
        429,
        "Too Many Attempts",
        "Too many attempts to authenticate have failed. Wait before trying again.",
        headers=(("retry-after", str(wait_seconds)),),
    )


def profile_bound() -> Problem:
    """A client that is bound to profiles, and a service that knows none."""
    return Problem(
        "security:data-policy:incorrect-usage",
        403,
        "Data Policy Failure Due to Incorrect Usage",
        "A data policy failure was encountered. The request was not constructed correctly for the data "
        "policy that has been applied to this data for the caller.",
        errors=("A client with assigned profiles writes records one by one.",),
    )


def problem_of_refusal(refusal: Refusal) -> Problem:
    """What the policy says no to."""
    return Problem(refusal.code, refusal.status, refusal.title, refusal.words, errors=refusal.errors)


# --- what the store says ----------------------------------------------------------------------------------


def problem_of_outcome(outcome: Outcome) -> Problem | None:  # noqa: C901, PLR0911 - one case an outcome
    """The problem that an outcome is; None for what went well."""
    match outcome:
        case Inserted() | Updated() | Unchanged() | Deleted():
            return None
        case Invalid(findings=findings):
            return problem_of_findings(findings)
        case Unresolved(references=references):
            return _unresolved(references)
        case Conflict():
            return _conflict(outcome)
        case Dependents(referrers=referrers):
            return _dependents(referrers)
        case KeyChangeRefused(entity=entity):
            return _key_change(entity)
        case Refused(refusal=refusal):
            return problem_of_refusal(refusal)
        case Absent():
            return NOT_FOUND
        case Stale():
            return _STALE
        case AlreadyThere():
            return _ALREADY_THERE
        case Overtaken():
            return MULTI_USER_CONFLICT


_OTHER_VERSION: Final = (
    "The resource item's etag value does not match what was specified in the 'If-Match' request header "
    "indicating that it has been modified by another client since it was last retrieved."
)
_STALE: Final = Problem(
    "optimistic-lock-failed",
    412,
    "Optimistic Lock Failed",
    "The item has been modified by another user.",
    errors=(_OTHER_VERSION,),
)
_ALREADY_THERE: Final = Problem(
    "precondition-failed:if-none-match",
    412,
    "Precondition Failed",
    "The item exists already, and the 'If-None-Match' request header asks for a new one.",
)
MULTI_USER_CONFLICT: Final = Problem(
    "data-conflict:multi-user-conflict",
    409,
    "Multi-User Conflict",
    "The item could not be written, because other clients kept changing what it needs. Try again.",
)


def _unresolved(references: Sequence[tuple[str, str]]) -> Problem:
    """Every broken reference with its path; the detail names the first, as the ODS/API does."""
    by_path: dict[str, list[str]] = {}
    for path, target in references:
        by_path.setdefault(path, []).append(f"The referenced {target} item does not exist.")
    detail = f"The referenced '{references[0][1]}' item does not exist."
    return Problem("data-conflict:unresolved-reference", 409, "Unresolved Reference", detail, by_path)


def _conflict(conflict: Conflict) -> Problem:
    error = (
        f"A primary key conflict occurred when attempting to create or update a record in the "
        f"'{conflict.entity}' table. The duplicate key is ({', '.join(conflict.columns)}) = "
        f"({', '.join(conflict.values)})."
    )
    return Problem(
        "data-conflict:non-unique-identity",
        409,
        "Identifying Values Are Not Unique",
        "The identifying value(s) of the item are the same as another item that already exists.",
        errors=(error,),
    )


def _dependents(referrers: Sequence[tuple[str, str]]) -> Problem:
    start = "The requested action cannot be performed because this item is referenced by an existing "
    entity, root = referrers[0]
    roots = sorted({r for e, r in referrers if e == entity})
    if len(roots) > 1:
        kinds = ", ".join(roots)
        detail = (
            f"{start}'{entity}' item contained within a resource item of one of the following types: {kinds}."
        )
    elif entity != root:
        detail = f"{start}'{entity}' item contained within an '{root}' resource item."
    else:
        detail = f"{start}'{entity}' item."
    return Problem("data-conflict:dependent-item-exists", 409, "Dependent Item Exists", detail)


def _key_change(entity: str) -> Problem:
    return Problem(
        "bad-request:data-validation-failed:key-change-not-supported",
        400,
        "Key Change Not Supported",
        f"Identifying values for the {entity} data cannot be changed. Delete and recreate the item instead.",
    )
