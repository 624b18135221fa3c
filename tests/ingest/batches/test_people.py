"""Files of a vendor that shares no id with the district: whom their rows are about is found out as they are loaded."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import pytest_asyncio

from homeroom.ingest.loading.load import Load
from homeroom.ingest.loading.people import NEWCOMERS_JOB
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.quarantine.deciding import replay_decided, replay_newcomers
from homeroom.ingest.quarantine.remapping import replay_waiting
from homeroom.ingest.quarantine.replay import replay_quarantine
from homeroom.ingest.quarantine.taking_back import take_back
from homeroom.ingest.quarantine.waiting_rows import Wanted, list_waiting
from homeroom.ingest.specs.shelf import SpecText, save_spec
from homeroom.records.people.matches import (
    DECIDED_JOB,
    REOPENED_JOB,
    Ruling,
    decide_match,
    doubt_match,
    read_questions,
    undo_decision,
)
from homeroom.records.tasks import decide_task
from homeroom.records.undo import undo_batch
from homeroom.trust.actors import Operator, StaffMember
from homeroom.trust.areas import Area, AreaLeave, decide_area
from homeroom.trust.grant import Action, Grant
from tests.cast import student_body
from tests.ingest.batches.conftest import recogniser_of
from tests.ingest.conftest import Dock, counts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEC_TEXT = """
spec: quill_reading
title: Reading test of a vendor with ids of its own
standard: "5.2"
source: Quill
files:
  results:
    columns: [Key, First, Last, DOB, Score]
    dates: [M/d/yyyy]
people:
  learner:
    id: = [Key]
    given_name: = [First]
    surname: = [Last]
    birth_date: = [DOB]
records:
  - resource: assessments
    once: true
    document:
      assessmentIdentifier: QUILL
      namespace: uri://quill.example
      assessmentTitle: Quill
      academicSubjects: [{academicSubjectDescriptor: Reading}]
  - resource: studentAssessments
    document:
      studentAssessmentIdentifier: = hash([Key], [Score])
      assessmentReference: {assessmentIdentifier: QUILL, namespace: "uri://quill.example"}
      studentReference: {studentUniqueId: = person(learner)}
      administrationDate: = '2026-10-01'
"""
ADDING = (
    SPEC_TEXT.replace("    id: = [Key]", "    new: add\n    id: = [Key]")
    + """
  - resource: students
    distinct: true
    where: = is_new(learner)
    document:
      studentUniqueId: = person(learner)
      firstName: = [First]
      lastSurname: = [Last]
      birthDate: = [DOB]
"""
)
HEADER = "Key,First,Last,DOB,Score"
INES = "q1,INES,Marlowe,3/5/2011,41"
INEZ = "q2,Inez,Marlowe,3/5/2011,42"  # perhaps Ines, perhaps her twin
NOOR = "q3,Noor,Haddad,7/9/2012,43"
MANAGER = StaffMember(7, "S-7", "data_manager")


def spec_of(text: str) -> SpecText:
    return SpecText("quill_reading", text, 1)


@pytest_asyncio.fixture(loop_scope="module")
async def quill(school: Dock) -> Dock:
    """The school with Ines in it, and the vendor's spec on its shelf."""
    await school.load(school.write("Student", student_body(), into="roll"))
    version = await save_spec(
        school.district, "quill_reading", definition=SPEC_TEXT, beside={}, actor=Operator("clerk")
    )
    assert version == 1
    return school


async def load(dock: Dock, *rows: str, text: str = SPEC_TEXT, **options: bool) -> LoadReport:
    path = dock.folder / "quill.csv"
    path.write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")
    return await dock.load_with(recogniser_of(dock, spec_of(text)), path, **options)


async def results(dock: Dock) -> list[tuple[str, int]]:
    """Whose results stand, and from which line of the file."""
    return await dock.fetch(
        "select student_unique_id, source_line from edfi.student_assessment order by source_line"
    )


async def waiting(dock: Dock) -> Sequence[tuple[int, str, str]]:
    return [(w.line, w.resource, w.code) for w in await list_waiting(dock.district, Wanted())]


def ask(dock: Dock, resource: str) -> Grant | None:
    found = decide_task(dock.district, "match", action=Action.READ, resource=resource)
    return found if isinstance(found, Grant) else None


async def decide(dock: Dock, ruling: Ruling) -> int:
    """Decides the one pair that waits; which it is."""
    ((question,),) = await dock.fetch("select id from matching.question where state = 'open'")
    leave = decide_area(MANAGER, Area.MATCHES)
    assert isinstance(leave, AreaLeave)
    assert await decide_match(
        dock.district, leave, ask=lambda r: ask(dock, r), question=question, ruling=ruling
    )
    return int(question)


async def decide_and_load(dock: Dock, ruling: Ruling) -> int:
    """The same, and what the job does that follows."""
    question = await decide(dock, ruling)
    assert (DECIDED_JOB, question) in await dock.fetch("select kind, subject from job.job")
    await replay_decided(dock.district, question, spool_folder=dock.folder / "spool")
    return question


async def test_who_is_surely_somebody_of_the_district_is_written_as_them(quill: Dock) -> None:
    report = await load(quill, INES, "q1,Ines,,,44")
    assert (counts_of(report, "StudentAssessment").inserted, report.failed) == (2, 0)
    assert await results(quill) == [("F-1", 2), ("F-1", 3)]
    crosswalk = "select source, source_id, unique_id, decided_by from matching.crosswalk"
    assert await quill.fetch(crosswalk) == [("quill_reading", "q1", "F-1", "matching")]
    seen = await quill.fetch(
        "select count(*) from trust.ledger_entry where resource = 'Student' and action = 'Read'"
    )
    assert seen[0][0] > 0


async def test_what_was_decided_on_an_id_counts_whatever_a_later_file_says_of_it(quill: Dock) -> None:
    await load(quill, INES)
    await load(quill, "q1,,,,50")
    assert [unique_id for unique_id, _ in await results(quill)] == ["F-1", "F-1"]


async def test_who_may_be_somebody_waits_and_goes_in_when_it_is_decided(quill: Dock) -> None:
    report = await load(quill, INEZ, "q2,Inez,Marlowe,3/5/2011,45")
    assert (await results(quill), report.failed) == ([], 2)
    assert await waiting(quill) == [
        (2, "StudentAssessment", "identity.undecided"),
        (3, "StudentAssessment", "identity.undecided"),
    ]
    (cause,) = report.causes
    assert (cause.code, cause.is_missing, "q2" in cause.words) == ("identity.undecided", False, False)
    assert "Who is who" in cause.remedy
    await decide_and_load(quill, Ruling.SAME)
    assert await waiting(quill) == []
    assert await results(quill) == [("F-1", 2), ("F-1", 3)]


async def test_who_is_decided_to_be_nobody_waits_until_they_are_there(quill: Dock) -> None:
    await load(quill, INEZ)
    await decide_and_load(quill, Ruling.DIFFERENT)
    assert await waiting(quill) == [(2, "StudentAssessment", "identity.nobody")]
    await quill.load(quill.write("Student", student_body("F-2", "Inez"), into="later"))
    assert NEWCOMERS_JOB in [kind for (kind,) in await quill.fetch("select kind from job.job")]
    await replay_newcomers(quill.district, spool_folder=quill.folder / "spool")
    # There are twins by now, so nobody but a person says which of them it is.
    assert await waiting(quill) == [(2, "StudentAssessment", "identity.undecided")]
    await decide_and_load(quill, Ruling.SAME)
    assert await results(quill) == [("F-2", 2)]


async def test_a_spec_may_bring_people_whom_nobody_is_like(quill: Dock) -> None:
    report = await load(quill, NOOR, "q3,Noor,Haddad,7/9/2012,46", text=ADDING)
    assert (counts_of(report, "Student").inserted, report.failed) == (1, 0)
    assert await results(quill) == [("q3", 2), ("q3", 3)]
    again = await load(quill, "q3,Noor,Haddad-Lima,7/9/2012,47", text=ADDING)
    assert counts_of(again, "Student").updated == 1


async def test_known_people_are_not_overwritten_by_a_spec_that_brings_people(quill: Dock) -> None:
    report = await load(quill, INES, text=ADDING)
    assert [c.resource for c in report.counts] == ["Assessment", "StudentAssessment"]
    assert await quill.fetch("select first_name from edfi.student") == [("Ines",)]


async def test_who_is_decided_to_be_somebody_else_is_brought_with_their_rows(quill: Dock) -> None:
    await save_spec(quill.district, "quill_reading", definition=ADDING, beside={}, actor=Operator("clerk"))
    await load(quill, INEZ, text=ADDING)
    await decide_and_load(quill, Ruling.DIFFERENT)
    assert await waiting(quill) == []
    assert await results(quill) == [("q2", 2)]
    assert await quill.fetch("select student_unique_id from edfi.student order by 1") == [("F-1",), ("q2",)]


async def test_a_trial_tells_who_is_who_and_keeps_nothing(quill: Dock) -> None:
    report = await load(quill, INES, INEZ, NOOR, is_trial=True)
    assert counts_of(report, "StudentAssessment").inserted == 1
    assert {cause.code for cause in report.causes} == {"identity.undecided", "identity.nobody"}
    for table in ("crosswalk", "question", "batch_people"):
        assert await quill.count(f"matching.{table}") == 0


async def test_a_row_whose_person_is_spelt_anew_is_looked_up_anew(quill: Dock) -> None:
    await load(quill, "q9,Ynez,Marlow,5/3/2011,48")
    (row,) = await list_waiting(quill.district, Wanted())
    cells = {"First": "Ines", "Last": "Marlowe", "DOB": "3/5/2011"}
    spool = quill.folder / "spool"
    done = await replay_waiting(quill.district, row.id, actor=MANAGER, spool_folder=spool, cells=cells)
    assert (done.stored, done.waiting) == (1, 0)
    assert await results(quill) == [("F-1", 2)]


async def test_a_batch_taken_back_takes_its_matches_along(quill: Dock) -> None:
    report = await load(quill, INES, INEZ)
    assert report.batch is not None
    await undo_batch(quill.district, report.batch)
    assert await results(quill) == []
    assert await quill.fetch("select from matching.crosswalk where ended_at is null") == []
    assert await quill.fetch("select from matching.question where state = 'open'") == []
    assert counts_of(await load(quill, INES), "StudentAssessment").inserted == 1


async def reopen(dock: Dock, question: int) -> None:
    """Opens a decided pair again, and what the job does that follows."""
    leave = decide_area(MANAGER, Area.MATCHES)
    assert isinstance(leave, AreaLeave)
    assert await undo_decision(dock.district, leave, ask=lambda r: ask(dock, r), question=question)
    assert (REOPENED_JOB, question) in await dock.fetch("select kind, subject from job.job")
    await take_back(dock.district, question)


async def test_what_came_in_by_a_wrong_decision_is_taken_off_and_goes_to_the_right_one(quill: Dock) -> None:
    await quill.load(quill.write("Student", student_body("F-2", "Inez"), into="later"))
    await load(quill, NOOR, INEZ)
    asked = await quill.fetch("select id, candidate, state from matching.question order by candidate")
    assert [row[1:] for row in asked] == [("F-1", "open"), ("F-2", "open")]
    leave = decide_area(MANAGER, Area.MATCHES)
    assert isinstance(leave, AreaLeave)
    for question, ruling in ((asked[0][0], Ruling.SAME), (asked[1][0], Ruling.SAME)):
        assert await decide_match(
            quill.district, leave, ask=lambda r: ask(quill, r), question=question, ruling=ruling
        )
        await replay_decided(quill.district, question, spool_folder=quill.folder / "spool")
        if question == asked[0][0]:
            assert await results(quill) == [("F-1", 3)]
            await reopen(quill, question)
            assert await results(quill) == []
            assert (3, "StudentAssessment", "identity.taken_back") in await waiting(quill)
    assert await waiting(quill) == [(2, "StudentAssessment", "identity.nobody")]
    assert await results(quill) == [("F-2", 3)]
    gone = await quill.fetch("select count(*) from edfi.deleted_record where resource = 'StudentAssessment'")
    assert gone == [(1,)]


async def test_what_was_taken_off_somebody_waits_while_nobody_has_decided(quill: Dock) -> None:
    await load(quill, INEZ)
    question = await decide_and_load(quill, Ruling.SAME)
    await reopen(quill, question)
    await replay_quarantine(quill.district)
    assert len(await waiting(quill)) == 1
    # A later file says something else of them: what a person doubts is still a person's to settle.
    await load(quill, "q2,Ines,Marlowe,3/5/2011,49")
    assert await results(quill) == []
    await decide_and_load(quill, Ruling.SAME)
    assert await results(quill) == [("F-1", 2), ("F-1", 2)]


async def test_a_match_that_nobody_was_asked_about_can_be_called_into_doubt(quill: Dock) -> None:
    await load(quill, INES)
    leave = decide_area(MANAGER, Area.MATCHES)
    assert isinstance(leave, AreaLeave)
    which = {"resource": "Student", "source": "quill_reading", "source_id": "q1"}
    question = await doubt_match(quill.district, leave, ask=lambda r: ask(quill, r), **which)
    assert question is not None
    await take_back(quill.district, question)
    assert await results(quill) == []
    await load(quill, INES, "q1,Ines,Marlowe,3/5/2011,52")
    assert {code for _, _, code in await waiting(quill)} == {"identity.taken_back", "identity.undecided"}
    await decide_and_load(quill, Ruling.DIFFERENT)
    assert await results(quill) == []
    assert {code for _, _, code in await waiting(quill)} == {"identity.taken_back", "identity.nobody"}
    assert await doubt_match(quill.district, leave, ask=lambda r: ask(quill, r), **which) is None


async def test_what_cannot_be_taken_off_somebody_is_listed(quill: Dock) -> None:
    await load(quill, INES, "q4,Ynes,Marlowe,3/5/2011,51")
    question = await decide_and_load(quill, Ruling.SAME)
    await reopen(quill, question)
    # Two ids of the vendor mean Ines: nothing tells whose record is whose.
    assert len(await results(quill)) == 2
    left = await quill.fetch("select question, resource from matching.left_record")
    assert left == [(question, "StudentAssessment")] * 2
    leave = decide_area(MANAGER, Area.MATCHES)
    assert isinstance(leave, AreaLeave)
    found = await read_questions(quill.district, leave, ask=lambda r: ask(quill, r), most=5)
    assert [resource for resource, _ in found.shown[0].left] == ["StudentAssessment"] * 2


async def test_somebody_brought_who_is_known_after_all_goes_with_their_rows(quill: Dock) -> None:
    await save_spec(quill.district, "quill_reading", definition=ADDING, beside={}, actor=Operator("clerk"))
    await load(quill, INEZ, text=ADDING)
    question = await decide_and_load(quill, Ruling.DIFFERENT)
    await reopen(quill, question)
    assert await results(quill) == []
    await decide_and_load(quill, Ruling.SAME)
    assert await results(quill) == [("F-1", 2)]
    assert await quill.fetch("select student_unique_id, first_name from edfi.student") == [("F-1", "Ines")]


async def test_what_is_decided_while_a_batch_runs_counts_once_it_is_through(
    quill: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    async def die(_: Load) -> None:
        raise KilledError

    with monkeypatch.context() as broken:
        broken.setattr(Load, "write", die)
        with pytest.raises(KilledError):
            await load(quill, INEZ, INES)
    question = await decide(quill, Ruling.SAME)
    await replay_decided(quill.district, question, spool_folder=quill.folder / "spool")
    await quill.fetch("delete from job.job returning id")
    report = await load(quill, INEZ, INES)
    assert report.is_resumed
    assert await results(quill) == [("F-1", 3)]
    assert (DECIDED_JOB, question) in await quill.fetch("select kind, subject from job.job")
    await replay_decided(quill.district, question, spool_folder=quill.folder / "spool")
    assert await results(quill) == [("F-1", 2), ("F-1", 3)]
    assert await quill.fetch("select from matching.batch_people where found_sealed is not null") == []
