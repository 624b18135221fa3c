"""Whom a source means by its ids: exact keys first, then likeness, and a person where neither is sure."""

from __future__ import annotations

from homeroom.matching.people import Person
from homeroom.matching.reasons import Reason
from homeroom.records.district import District
from homeroom.records.identities import Incoming, Known, New, identify_people, leave_to_identify
from tests.cast import student_body
from tests.records.conftest import Desk


async def test_a_known_number_of_the_district_is_that_person(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    found = await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    assert found == [Known("F-1", (Reason.SAME_UNIQUE_ID,))]


async def test_what_was_decided_on_an_id_counts_the_next_time(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    again = await identify_people(district, grant, people=[Incoming("lms", "x-1")])
    assert again == [Known("F-1", (Reason.DECIDED_BEFORE,))]


async def test_somebody_whom_nobody_is_like_is_new(district: District) -> None:
    grant = leave_to_identify(district, "Student", task="load")
    found = await identify_people(district, grant, people=[Incoming("lms", "x-1")])
    assert found == [New("x-1", (Reason.NOBODY_ALIKE,))]


async def test_a_look_at_who_is_who_is_in_the_ledger(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    rows = await desk.fetch(
        "select rows from trust.ledger_entry where actor = 'operator:load' and action = 'Read'"
    )
    assert [row[0] for row in rows] == [1]
