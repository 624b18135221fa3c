"""The quarantine: rows that could not be stored, each with its reason, to be mended, tried again or given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.ingest.quarantine.remapping import Replayed, replay_waiting
from homeroom.ingest.quarantine.waiting_rows import (
    QuarantineError,
    WaitingDetail,
    WaitingLine,
    WaitingReason,
    Wanted,
    count_waiting,
    dismiss_waiting,
    find_same_line,
    list_waiting,
    open_waiting,
)
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.forms import parse_position
from homeroom.web.pages.visits import MemberVisit

_MOST: Final = 50
_CELL: Final = "cell:"


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """rows: those of the reason and batch that were asked for. after: the number to go on from; None at the end.

    was_mended: a row has just been stored.
    """

    rows: Sequence[WaitingLine]
    reasons: Sequence[WaitingReason]
    wanted: Wanted
    after: int | None
    was_mended: bool


@dataclass(frozen=True, slots=True)
class WaitingRowPage:
    """A row, opened. at_fault: columns that the findings name. outcome: of trying it again; None before that."""

    detail: WaitingDetail
    at_fault: frozenset[str]
    findings: Sequence[Finding]
    outcome: Replayed | None = None


async def show_waiting(visit: MemberVisit) -> Response:
    """Rows that wait, without any value of them."""
    asked = visit.request.query_params
    batch, after = parse_position(asked.get("batch", "")), parse_position(asked.get("after", "")) or 0
    wanted = Wanted(batch, asked.get("resource") or None, asked.get("code") or None)
    rows = await list_waiting(visit.district, wanted, after=after, most=_MOST + 1)
    page = WaitingPage(
        rows[:_MOST],
        await count_waiting(visit.district, batch=batch),
        wanted,
        rows[_MOST - 1].id if len(rows) > _MOST else None,
        "mended" in asked,
    )
    return visit.render("waiting.html", page)


async def do_dismiss(visit: MemberVisit) -> Response:
    """Gives rows up."""
    numbers = [n for text in visit.form.fields.get("row", ()) if (n := parse_position(text)) is not None]
    await dismiss_waiting(visit.district, numbers, actor=visit.member)
    return visit.go_to(_back(visit))


async def show_waiting_row(visit: MemberVisit) -> Response:
    """One row with what it says; who opened it is written down."""
    try:
        detail = await open_waiting(visit.district, visit.request.path_params["row"], actor=visit.member)
    except QuarantineError:
        return answer_absent(visit)
    return visit.render("waiting_row.html", _page(detail))


async def do_mend(visit: MemberVisit) -> Response:
    """Tries the row again with what it says now."""
    number = visit.request.path_params["row"]
    try:
        detail = await open_waiting(visit.district, number, actor=visit.member)
        outcome = await replay_waiting(
            visit.district,
            number,
            actor=visit.member,
            spool_folder=visit.pages.spool_folder,
            cells=_changed(visit, detail),
            text=visit.form.raw("text") if detail.cells is None else None,
        )
    except QuarantineError:
        return answer_absent(visit)
    if not outcome.waiting:
        batch = detail.line.batch
        return visit.go_to(f"/waiting?batch={batch}&mended=1" if batch else "/waiting?mended=1")
    again = await find_same_line(visit.district, detail.line)
    if again is None:
        return visit.go_to("/waiting")
    detail = await open_waiting(visit.district, again, actor=visit.member)
    return visit.render("waiting_row.html", _page(detail, outcome), status=400)


def _page(detail: WaitingDetail, outcome: Replayed | None = None) -> WaitingRowPage:
    findings = outcome.findings if outcome else detail.findings
    words = " ".join(f"{f.words} {f.place.path or ''}" for f in findings)
    at_fault = frozenset(c for c in detail.cells or () if c in words)
    return WaitingRowPage(detail, at_fault, findings, outcome)


def _changed(visit: MemberVisit, detail: WaitingDetail) -> dict[str, str | None] | None:
    """The cells that say something else now; an emptied one is blank."""
    if detail.cells is None:
        return None
    found: dict[str, str | None] = {}
    for number, (column, cell) in enumerate(detail.cells.items()):
        values = visit.form.fields.get(f"{_CELL}{number}")
        if values and values[0] != (cell or ""):
            found[column] = values[0] or None
    return found


def _back(visit: MemberVisit) -> str:
    batch = parse_position(visit.form.text("batch"))
    return f"/waiting?batch={batch}" if batch is not None else "/waiting"
