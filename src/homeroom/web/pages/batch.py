"""One batch: how far it is, what it asks, what came of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from homeroom.ingest.intake.deliveries import BATCH_JOB
from homeroom.ingest.loading.batches import (
    BatchError,
    BatchState,
    RowsSoFar,
    approve_batch,
    cancel_batch,
    read_batch,
    rows_so_far,
)
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.stages import STAGES
from homeroom.ingest.quarantine.remapping import replay_batch
from homeroom.ingest.quarantine.waiting_rows import WaitingReason, count_waiting
from homeroom.records.undo import undo_batch
from homeroom.store.jobs import JobState, read_job
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

UNKNOWN_LAYOUT: Final = "load.unknown_layout"
_AT_WORK: Final = ("received", "running")


@dataclass(frozen=True, slots=True)
class BatchPage:
    """job: how far the work is; None when it has not begun or is long over. stages: all of them, in order.

    waiting: rows of this batch in quarantine, by reason. was_sent_before: the same files had come before. labels: of
    the resources it is about.
    """

    batch: BatchState
    job: JobState | None
    stages: Sequence[str]
    waiting: Sequence[WaitingReason]
    was_sent_before: bool
    labels: Mapping[str, str]

    @property
    def is_at_work(self) -> bool:
        """Whether the page is out of date in a moment."""
        return self.batch.state in _AT_WORK

    @property
    def so_far(self) -> RowsSoFar | None:
        """How far the work is, while it goes on."""
        return rows_so_far(self.job) if self.batch.state == "running" else None

    @property
    def needs_mapping(self) -> bool:
        """Whether a file is of a form that nobody has described yet."""
        return needs_mapping(self.batch.report)

    @property
    def read_nothing(self) -> bool:
        """Whether it ended without a row, and not for want of a mapping."""
        report = self.batch.report
        is_over = self.batch.state == "finished" and self.batch.undoes is None
        return is_over and report is not None and not (report.considered or self.needs_mapping)

    @property
    def can_undo(self) -> bool:
        """Whether it stored something that can be taken back."""
        report = self.batch.report
        return self.batch.state == "finished" and not self.batch.is_trial and bool(report and report.stored)


def needs_mapping(report: LoadReport | None) -> bool:
    """Whether a batch has a file that no mapping reads."""
    return report is not None and any(f.code == UNKNOWN_LAYOUT for f in report.findings)


async def show_batch(visit: MemberVisit) -> Response:
    """How it stands."""
    number = visit.request.path_params["batch"]
    try:
        batch = await read_batch(visit.district, number)
    except BatchError:
        return answer_absent(visit)
    async with visit.district.database.connection() as connection:
        job = await read_job(connection, BATCH_JOB, subject=number)
    waiting = await count_waiting(visit.district, batch=number)
    counted = batch.report.counts if batch.report else ()
    page = BatchPage(
        batch,
        job,
        [stage.name for stage in STAGES],
        waiting,
        "again" in visit.request.query_params,
        visit.labels_of([*(line.resource for line in counted), *(reason.resource for reason in waiting)]),
    )
    return visit.render("batch.html", page)


async def do_approve(visit: MemberVisit) -> Response:
    """Says yes to what it asks."""
    return await _act(visit, lambda n: approve_batch(visit.district, n, actor=visit.member))


async def do_cancel(visit: MemberVisit) -> Response:
    """Ends it while it waits."""
    return await _act(visit, lambda n: cancel_batch(visit.district, n, actor=visit.member))


async def do_undo(visit: MemberVisit) -> Response:
    """Takes back what it stored."""
    return await _act(visit, lambda n: undo_batch(visit.district, n))


async def do_replay(visit: MemberVisit) -> Response:
    """Tries its rows in quarantine again, by the newest version of their spec."""
    spool = visit.pages.spool_folder
    return await _act(
        visit, lambda n: replay_batch(visit.district, n, actor=visit.member, spool_folder=spool)
    )


async def _act(visit: MemberVisit, act: Callable[[int], Awaitable[object]]) -> Response:
    number = visit.request.path_params["batch"]
    try:
        await act(number)
    except BatchError:
        return answer_absent(visit)
    return visit.go_to(f"/files/{number}")
