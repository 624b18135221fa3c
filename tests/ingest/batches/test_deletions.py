"""Rows that a delta names as to be deleted: what they once brought goes, and nothing that the delta does not name."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from homeroom.base.clock import SystemClock
from homeroom.ingest.feeds.feed import FeedPlan, save_feed
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.loading.batches import approve_batch, cancel_batch, read_batch
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.snapshot import Snapshot
from homeroom.ingest.quarantine.remapping import replay_waiting
from homeroom.ingest.quarantine.waiting_rows import Wanted, list_waiting
from homeroom.records.undo import undo_batch
from tests.ingest.batches.conftest import recogniser_of
from tests.ingest.batches.test_deliveries import CLERK, Desk, desk
from tests.ingest.conftest import Dock

__all__ = ["desk"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

Rows = Sequence[Mapping[str, str]]
PUPILS = range(12)
GONE = {"status": "tobedeleted", "dateLastModified": "2026-11-20T00:00:00.000Z"}


def roster() -> dict[str, list[dict[str, str]]]:
    """Twelve students, a teacher, and two classes in which all of them are."""
    return {
        "orgs": [
            {"sourcedId": "o-1", "name": "Fernhollow", "type": "district", "identifier": "5100"},
            {"sourcedId": "o-2", "name": "North", "type": "school", "identifier": "5101", "parentSourcedId": "o-1"},
        ],
        "academicSessions": [
            {"sourcedId": "t-1", "title": "2026-2027 Fall", "type": "term", "startDate": "2026-08-17",
             "endDate": "2026-12-18", "schoolYear": "2027"}
        ],
        "courses": [
            {"sourcedId": f"c-{n}", "title": f"Course {n}", "courseCode": f"C{n}", "orgSourcedId": "o-1"}
            for n in (1, 2)
        ],
        "classes": [
            {"sourcedId": f"k-{n}", "title": f"Class {n}", "courseSourcedId": f"c-{n}", "schoolSourcedId": "o-2",
             "termSourcedIds": "t-1", "classCode": f"K{n}"}
            for n in (1, 2)
        ],
        "users": [user("u-t", "teacher"), *(user(f"u-{n}", "student") for n in PUPILS)],
        "demographics": [{"sourcedId": f"u-{n}", "birthDate": "2011-03-05"} for n in PUPILS],
        "enrollments": [
            {"sourcedId": f"e-{k}-{n}", "classSourcedId": f"k-{k}", "schoolSourcedId": "o-2",
             "userSourcedId": f"u-{n}", "role": "student"}
            for k in (1, 2)
            for n in PUPILS
        ],
    }  # fmt: skip


def user(sourced_id: str, role: str) -> dict[str, str]:
    return {
        "sourcedId": sourced_id, "enabledUser": "true", "username": sourced_id, "givenName": "Ines",
        "familyName": "Marlowe", "role": role, "orgSourcedIds": "o-2", "identifier": "", "grades": "09",
    }  # fmt: skip


class Roster:
    """OneRoster files for one district."""

    def __init__(self, dock: Dock) -> None:
        self.dock = dock
        self.number = 0

    def write(self, files: Mapping[str, Rows]) -> dict[str, str]:
        """The texts of the files."""
        self.number += 1
        folder = self.dock.folder / f"roster-{self.number}"
        folder.mkdir()
        texts = {}
        for name, rows in files.items():
            path = folder / f"{name}.csv"
            columns = list(dict.fromkeys(c for row in rows for c in ("sourcedId", "status", *row)))
            with path.open("w") as file:
                writer = csv.DictWriter(file, [c for c in columns if name != "manifest" or c in rows[0]])
                writer.writeheader()
                writer.writerows(rows)
            texts[f"{name}.csv"] = path.read_text()
        self.folder = folder
        return texts

    async def load(self, files: Mapping[str, Rows], **options: bool) -> LoadReport:
        """Loads the files at the command line, without a feed."""
        self.write(files)
        return await self.dock.load_with(recogniser_of(self.dock), self.folder, **options)

    async def load_delta(self, **gone: str | Sequence[str]) -> LoadReport:
        """Loads the roster in which rows are named as to be deleted, by file."""
        return await self.load(delta(**gone))

    async def numbers(self, table: str) -> list[str]:
        rows = await self.dock.fetch(f"select student_unique_id from edfi.{table} order by 1")
        return [number for (number,) in rows]


def delta(**gone: str | Sequence[str]) -> dict[str, Rows]:
    """A delta with nothing but the rows that go, as bare as they may be, and the files beside them."""
    whole = roster()
    files: dict[str, Rows] = {
        name: [{**dict.fromkeys(whole[name][0], ""), "sourcedId": each, **GONE} for each in ids]
        for name, ids in gone.items()
    }
    manifest = [{"propertyName": f"file.{name}", "value": "delta"} for name in gone]
    return {**files, "manifest": manifest}


def codes(report: LoadReport) -> list[str]:
    return sorted(w.code for w in report.warnings if w.code.startswith(("load.named", "load.never")))


@pytest_asyncio.fixture(loop_scope="module")
async def rolls(dock: Dock) -> Roster:
    """A district into which the roster has been loaded."""
    rolls = Roster(dock)
    report = await rolls.load(roster())
    assert (report.failed, report.findings) == (0, ()), report.causes
    return rolls


async def test_what_a_row_brought_goes_with_everything_it_alone_gave(rolls: Roster) -> None:
    report = await rolls.load_delta(users=["u-3"], enrollments=["e-1-3", "e-2-3"])
    assert (report.failed, report.findings, report.asks) == (0, (), ())
    assert codes(report) == ["load.named_removed"] * 3
    for table in ("student", "student_school_association"):
        assert "u-3" not in await rolls.numbers(table)
        assert len(await rolls.numbers(table)) == 11
    assert len(await rolls.numbers("student_section_association")) == 22
    tombs = await rolls.dock.fetch("select resource from edfi.deleted_record order by resource")
    assert [name for (name,) in tombs] == [
        "Student", "StudentSchoolAssociation", "StudentSectionAssociation", "StudentSectionAssociation",
    ]  # fmt: skip


async def test_what_other_rows_give_too_stays_until_the_last_of_them_goes(rolls: Roster) -> None:
    await rolls.load_delta(enrollments=["e-1-5"])
    assert "u-5" in await rolls.numbers("student_school_association")
    await rolls.load_delta(enrollments=["e-2-5"])
    assert "u-5" not in await rolls.numbers("student_school_association")
    assert "u-5" in await rolls.numbers("student")


async def test_what_others_refer_to_stays_and_the_report_says_so(rolls: Roster) -> None:
    report = await rolls.load_delta(users=["u-4"])
    assert codes(report) == ["load.named_kept"]
    assert "u-4" in await rolls.numbers("student")


async def test_a_row_that_was_never_loaded_is_a_note_and_no_fault(rolls: Roster) -> None:
    report = await rolls.load_delta(users=["u-99", "u-98"])
    assert (report.failed, report.findings, codes(report)) == (0, (), ["load.never_brought"])
    (told,) = (w.words for w in report.warnings if w.code == "load.never_brought")
    assert told == "2 rows to be deleted name nothing that this source brought."


async def test_a_row_that_is_to_go_and_is_not_named_removes_nothing(rolls: Roster) -> None:
    report = await rolls.load_delta(users=[""])
    assert [f.code for f in report.findings] == ["load.nameless_removal"]
    assert len(await rolls.numbers("student")) == 12


async def test_a_deletion_is_taken_back_with_its_batch_and_can_be_made_again(rolls: Roster) -> None:
    gone = {"users": ["u-6"], "enrollments": ["e-1-6", "e-2-6"]}
    report = await rolls.load_delta(**gone)
    assert report.batch is not None
    before = await rolls.dock.fetch("select record, uuid from edfi.deleted_record where resource = 'Student'")
    await undo_batch(rolls.dock.district, report.batch)
    assert len(await rolls.numbers("student_section_association")) == 24
    back = await rolls.dock.fetch("select uuid from edfi.student where student_unique_id = 'u-6'")
    assert [uuid for _, uuid in before] == [uuid for (uuid,) in back]
    await rolls.load({**delta(**gone), "orgs": roster()["orgs"]})
    assert "u-6" not in await rolls.numbers("student")


async def test_a_removal_has_an_entry_in_the_ledger(rolls: Roster) -> None:
    await rolls.load_delta(enrollments=["e-1-7"])
    found = await rolls.dock.fetch("select actor, resource from trust.ledger_entry order by id desc limit 1")
    assert found == [("operator:delta", "StudentSectionAssociation")]


async def test_more_than_usual_is_asked_about_before_anything_goes(rolls: Roster) -> None:
    report = await rolls.load_delta(enrollments=[f"e-1-{n}" for n in PUPILS])
    assert [q.code for q in report.asks] == ["delta.removal:StudentSectionAssociation"]
    assert report.asks[0].words == "12 of 24 StudentSectionAssociation records are named as to be deleted."
    assert len(await rolls.numbers("student_section_association")) == 24


async def test_a_cancelled_deletion_leaves_the_rows_as_if_they_were_not_named(rolls: Roster) -> None:
    report = await rolls.load_delta(enrollments=[f"e-1-{n}" for n in PUPILS])
    assert report.batch is not None
    await cancel_batch(rolls.dock.district, report.batch, actor=CLERK)
    await rolls.load_delta(enrollments=["e-2-8"])
    assert "u-8" in await rolls.numbers("student_school_association")


async def test_a_row_that_waits_and_is_to_go_is_not_stored_when_its_parent_comes(rolls: Roster) -> None:
    late = {
        **roster()["enrollments"][0],
        "sourcedId": "e-late",
        "beginDate": "2026-09-01",
        "userSourcedId": "u-50",
    }
    files = {**roster(), "enrollments": [late]}
    report = await rolls.load(files)
    assert report.failed == 2
    await rolls.load_delta(enrollments=["e-late"])
    born = [{"sourcedId": "u-50", "birthDate": "2011-03-05"}]
    await rolls.load({**roster(), "users": [user("u-50", "student")], "demographics": born})
    assert "u-50" in await rolls.numbers("student")
    assert "u-50" not in await rolls.numbers("student_section_association")


async def test_a_trial_says_what_would_go_and_removes_nothing(rolls: Roster) -> None:
    rolls.write(delta(enrollments=["e-1-9"]))
    report = await rolls.dock.load_with(recogniser_of(rolls.dock), rolls.folder, is_trial=True)
    assert codes(report) == ["load.named_removed"]
    assert len(await rolls.numbers("student_section_association")) == 24


async def test_a_row_to_be_deleted_in_a_whole_export_goes_too(rolls: Roster) -> None:
    files = roster()
    files["enrollments"][2].update(GONE)
    report = await rolls.load(files)
    assert (report.failed, codes(report)) == (0, ["load.named_removed"])
    assert len(await rolls.numbers("student_section_association")) == 23


# ---- what a delta adds, and looks up in what came before it


def added(n: int) -> dict[str, Rows]:
    """A delta that brings one more enrollment and nothing that it names."""
    active = {"status": "active", "dateLastModified": "2026-11-20T00:00:00.000Z"}
    row = {**roster()["enrollments"][0], **active, "sourcedId": f"e-new-{n}", "userSourcedId": f"u-{n}"}
    manifest = [{"propertyName": "file.enrollments", "value": "delta"}]
    return {"enrollments": [{**row, "beginDate": "2026-10-01"}], "manifest": manifest}


async def test_a_delta_finds_what_it_does_not_bring_in_earlier_files(rolls: Roster) -> None:
    report = await rolls.load(added(2))
    assert (report.failed, report.stored) == (0, 1)
    assert len(await rolls.numbers("student_section_association")) == 25


async def test_a_row_of_a_delta_takes_the_place_of_the_earlier_one(rolls: Roster) -> None:
    changed = [{**roster()["classes"][0], "status": "active", "classCode": "K9"}]
    delta = [{"propertyName": f"file.{name}", "value": "delta"} for name in ("classes", "enrollments")]
    await rolls.load({"classes": changed, "manifest": delta})
    report = await rolls.load(added(2))
    assert report.failed == 0
    rows = await rolls.dock.fetch(
        "select section_identifier from edfi.student_section_association where begin_date = '2026-10-01'"
    )
    assert rows == [("K9",)]


async def test_files_may_come_one_by_one(dock: Dock) -> None:
    rolls, files = Roster(dock), roster()
    enrollments = files.pop("enrollments")
    await rolls.load(files)
    report = await rolls.load({"enrollments": enrollments})
    assert (report.failed, report.findings) == (0, ())
    assert len(await rolls.numbers("student_section_association")) == 24


async def test_a_whole_file_that_lacks_a_row_is_not_helped_by_an_earlier_one(rolls: Roster) -> None:
    files = roster()
    files["classes"] = files["classes"][1:]
    report = await rolls.load(files)
    assert report.failed == 24  # the rosters, and the stays, of those in the class
    assert {cause.code for cause in report.causes} == {"mapping.unmapped_value"}


async def test_a_delta_row_that_waits_is_mended_with_what_came_before(rolls: Roster, tmp_path: Path) -> None:
    files = added(2)
    report = await rolls.load(
        {**files, "enrollments": [{**files["enrollments"][0], "classSourcedId": "k-7"}]}
    )
    assert report.failed > 0
    line = (await list_waiting(rolls.dock.district, Wanted(resource="StudentSectionAssociation")))[0]
    done = await replay_waiting(
        rolls.dock.district, line.id, actor=CLERK, spool_folder=tmp_path, cells={"classSourcedId": "k-1"}
    )
    assert done.stored > 0
    assert done.findings == []


# ---- by feeds


async def send(desk: Desk, feed: int, files: Mapping[str, Rows], rolls: Roster) -> int:
    received = [await desk.receive(name=name, text=text) for name, text in rolls.write(files).items()]
    delivery = await deliver(desk.district, received, reading=Reading(feed=feed), actor=CLERK)
    await desk.work()
    return delivery.batch


async def make_feed(desk: Desk, name: str, snapshot: Snapshot | None = None) -> int:
    plan = FeedPlan(name=name, spec="oneroster", snapshot=snapshot)
    return await save_feed(desk.district, plan, actor=CLERK, clock=SystemClock())


async def test_a_feed_removes_nothing_that_another_one_brought(desk: Desk) -> None:
    rolls = Roster(desk.dock)
    one, other = await make_feed(desk, "one"), await make_feed(desk, "other")
    await send(desk, one, roster(), rolls)
    batch = await send(desk, other, delta(enrollments=["e-1-1"]), rolls)
    assert (await read_batch(desk.district, batch)).state == "finished"
    assert len(await rolls.numbers("student_section_association")) == 24
    await send(desk, one, {**delta(enrollments=["e-1-1"]), "orgs": roster()["orgs"]}, rolls)
    assert len(await rolls.numbers("student_section_association")) == 23


async def test_a_delta_of_a_snapshot_feed_removes_only_what_it_names(desk: Desk) -> None:
    rolls = Roster(desk.dock)
    feed = await make_feed(desk, "whole", Snapshot(("studentSectionAssociations",)))
    await send(desk, feed, roster(), rolls)
    batch = await send(desk, feed, delta(enrollments=["e-1-1"]), rolls)
    report = (await read_batch(desk.district, batch)).report
    assert report is not None
    assert "load.changes_only" in [w.code for w in report.warnings]
    assert len(await rolls.numbers("student_section_association")) == 23


async def test_an_approved_deletion_is_carried_out(desk: Desk) -> None:
    rolls = Roster(desk.dock)
    feed = await make_feed(desk, "whole")
    await send(desk, feed, roster(), rolls)
    batch = await send(desk, feed, delta(enrollments=[f"e-1-{n}" for n in PUPILS]), rolls)
    assert (await read_batch(desk.district, batch)).state == "asking"
    await approve_batch(desk.district, batch, actor=CLERK)
    await desk.work()
    assert (await read_batch(desk.district, batch)).state == "finished"
    assert len(await rolls.numbers("student_section_association")) == 12
