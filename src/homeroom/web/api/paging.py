"""Which part of a list is wanted: limits, offsets, page tokens, windows of versions (edfi-api.md 1.6)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from homeroom.base.findings import Finding
from homeroom.records.read import PageRequest, RecordPage
from homeroom.standard.filters import Filter, parse_filter
from homeroom.web.api.exchange import Request
from homeroom.web.api.problems import Problem, invalid_data, invalid_parameters, problem_of_findings

LARGEST_PAGE: Final = 500
MOST_PARTITIONS: Final = 200
_DEFAULT_PARTITIONS: Final = 10
# A part of a list is worth a worker of the client's when it holds about five of the largest pages.
ROWS_OF_A_PARTITION: Final = 5 * LARGEST_PAGE
Filters: TypeAlias = Mapping[str, Filter]
_LARGEST_ID: Final = 2**63 - 1
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}

# What is said of a list, and therefore no filter.
RESERVED: Final = frozenset(
    {
        "limit",
        "offset",
        "totalcount",
        "pagetoken",
        "pagesize",
        "minchangeversion",
        "maxchangeversion",
        "number",
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """What a page token stands for: first and last id of what is still to be read."""

    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a list, typed; None where the caller gave none."""

    limit: int | None
    offset: int | None
    page_size: int | None
    window: Window | None
    wants_total: bool
    min_version: int | None
    max_version: int | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What limits and offsets a list takes, and how it says so."""

    least: int
    limit_error: str
    offset_error: str

    def misuse(self, limit: int | None, offset: int | None, *, wants_total: bool) -> str | None:
        """What is wrong with a limit and offset; None when nothing is."""
        # Clients count with a limit of 0, in feeds too.
        least = 0 if wants_total else self.least
        if limit is not None and not least <= limit <= LARGEST_PAGE:
            return self.limit_error
        return self.offset_error if offset is not None and offset < 0 else None


LIST_BOUNDS: Final = Bounds(
    0, f"Limit must be a value between 0 and {LARGEST_PAGE}.", "Offset cannot be a negative value."
)
FEED_BOUNDS: Final = Bounds(
    1,
    f"Limit must be omitted or set to a value between 1 and {LARGEST_PAGE}.",
    "Offset must be greater than or equal to 0.",
)


def parse_page(request: Request, filters: Filters) -> PageRequest | Problem:
    """What of the list is wanted, or everything that is wrong with the question."""
    asked = parse_asked(request)
    if isinstance(asked, Problem):
        return asked
    wanted = parse_filters(request, filters)
    if isinstance(wanted, Problem):
        return wanted
    size = asked.page_size if asked.window else asked.limit
    return PageRequest(
        limit=LARGEST_PAGE if size is None else size,
        offset=asked.offset or 0,
        filters=wanted,
        first_id=asked.window.first_id if asked.window else None,
        last_id=asked.window.last_id if asked.window else None,
        min_version=asked.min_version,
        max_version=asked.max_version,
        wants_total=asked.wants_total,
    )


def parse_asked(request: Request, *, bounds: Bounds = LIST_BOUNDS) -> Asked | Problem:
    """The paging parameters alone."""
    given = {name: value for name, value in reversed(request.query) if name in RESERVED and value}
    numbers: dict[str, int] = {}
    ill_typed: dict[str, list[str]] = {}
    for name, spelling in _NUMBERS.items():
        text = given.get(name)
        if text is not None and _NUMBER.fullmatch(text.strip()):
            numbers[name] = int(text)
        elif text is not None:
            ill_typed[f"$.{spelling}"] = [_not_valid(spelling, text)]
    flag = given.get("totalcount", "false").strip().lower()
    if flag not in _FLAGS:
        ill_typed["$.totalCount"] = [_not_valid("totalCount", given["totalcount"])]
    if ill_typed:
        return invalid_data(ill_typed)
    return _checked(given.get("pagetoken"), numbers, wants_total=_FLAGS[flag], bounds=bounds)


_NUMBERS: Final = {
    "limit": "limit",
    "offset": "offset",
    "pagesize": "pageSize",
    "minchangeversion": "minChangeVersion",
    "maxchangeversion": "maxChangeVersion",
}


def _not_valid(spelling: str, text: str) -> str:
    return f"The value '{text}' is not valid for {spelling[0].upper()}{spelling[1:]}."


def _checked(
    token: str | None, numbers: Mapping[str, int], *, wants_total: bool, bounds: Bounds
) -> Asked | Problem:
    limit, offset, size = numbers.get("limit"), numbers.get("offset"), numbers.get("pagesize")
    if token is not None:
        error = _token_misuse(limit=limit, offset=offset, size=size, wants_total=wants_total)
    elif size is not None:
        error = _SIZE_WITH_OFFSET if limit is not None or offset is not None else _SIZE_ALONE
    else:
        error = bounds.misuse(limit, offset, wants_total=wants_total)
    if error:
        return invalid_parameters(error)
    window = None
    if token is not None:
        window = parse_token(token)
        if window is None:
            return invalid_parameters("The page token provided was invalid.")
    return Asked(
        limit,
        offset,
        size,
        window,
        wants_total,
        numbers.get("minchangeversion"),
        numbers.get("maxchangeversion"),
    )


_SIZE_WITH_OFFSET: Final = "Use limit instead of pageSize when using limit/offset paging."
_SIZE_ALONE: Final = "PageToken is required when pageSize is specified."


def _token_misuse(
    *, limit: int | None, offset: int | None, size: int | None, wants_total: bool
) -> str | None:
    if offset is not None:
        return (
            "Both offset and pageToken parameters were provided, but they support alternative paging "
            "approaches and cannot be used together."
        )
    if limit is not None:
        return "Use pageSize instead of limit when using cursor paging with pageToken."
    if wants_total:
        return "Total count cannot be determined while using cursor paging (when pageToken is specified)."
    if size is not None and not 0 <= size <= LARGEST_PAGE:
        return f"PageSize must be a value between 0 and {LARGEST_PAGE}."
    return None


def parse_filters(request: Request, filters: Filters) -> tuple[tuple[Filter, object], ...] | Problem:
    """The filters among the parameters, typed; parameters that are none are let pass."""
    found: list[tuple[Filter, object]] = []
    findings: list[Finding] = []
    for name, text in request.query:
        wanted = filters.get(name)
        if wanted is None or name in RESERVED or not text:
            continue
        value = parse_filter(wanted, text)
        if isinstance(value, Finding):
            findings.append(value)
        else:
            found.append((wanted, value))
    return problem_of_findings(findings) if findings else tuple(found)


def parse_partitions(request: Request) -> int | Problem:
    """In how many parts the list is wanted."""
    text = request.parameter("number")
    if not text:
        return _DEFAULT_PARTITIONS
    if not _NUMBER.fullmatch(text.strip()):
        return invalid_data({"$.number": [_not_valid("number", text)]})
    if not 1 <= int(text) <= MOST_PARTITIONS:
        return invalid_parameters(f"Number of partitions must be between 1 and {MOST_PARTITIONS}.")
    return int(text)


def next_token(wanted: PageRequest, page: RecordPage) -> str | None:
    """The token of what follows a page; None after an empty one, which is the end."""
    if page.last_id is None:
        return None
    last = _LARGEST_ID if wanted.last_id is None else wanted.last_id
    return render_token(Window(page.last_id + 1, last))


def render_token(window: Window) -> str:
    """A token as clients carry it: opaque to them."""
    return urlsafe_b64encode(f"{window.first_id},{window.last_id}".encode()).decode().rstrip("=")


def parse_token(text: str) -> Window | None:
    """The window of a token; None when it is none of ours."""
    try:
        plain = urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4)).decode("ascii")
    except (Base64Error, ValueError):
        return None
    first, comma, last = plain.partition(",")
    if not comma or not _ID.fullmatch(first) or not _ID.fullmatch(last):
        return None
    window = Window(int(first), int(last))
    return window if window.first_id <= _LARGEST_ID and window.last_id <= _LARGEST_ID else None


_ID: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
