"""Whom a source means by its ids: exact keys first, then likeness, and a person where neither is sure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from homeroom.matching.people import Person
from homeroom.matching.reasons import Reason
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.load import trial_of
from homeroom.records.people.identities import (
    Identity,
    Incoming,
    Known,
    New,
    Undecided,
    identify_people,
    leave_to_identify,
)
from tests.cast import DISTRICT_ID, district_body, student_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATE = "uri://ed-fi.org/StudentIdentificationSystemDescriptor#State"
MAIL = "uri://ed-fi.org/ElectronicMailTypeDescriptor#Home/Personal"
NAMES = {"firstName": "Ruth", "lastSurname": "Marlowe"}


async def test_a_known_number_of_the_district_is_that_person(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    found = await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    assert isinstance(found[0], Known)
    assert (found[0].unique_id, found[0].reasons[0]) == ("F-1", Reason.SAME_UNIQUE_ID)


async def test_what_was_decided_on_an_id_counts_the_next_time(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    again = await identify_people(district, grant, people=[Incoming("lms", "x-1")])
    assert isinstance(again[0], Known)
    assert (again[0].unique_id, again[0].was_new) == ("F-1", False)
    assert again[0].reasons[:2] == (Reason.DECIDED_BEFORE, Reason.SAME_UNIQUE_ID)


async def test_somebody_whom_a_source_brought_is_known_as_new_to_it(district: District) -> None:
    await look(district, Incoming("lms", "x-1"))
    again = (await look(district, Incoming("lms", "x-1")))[0]
    assert isinstance(again, Known)
    assert again.was_new


async def test_a_source_that_brings_nobody_is_answered_and_nothing_is_kept(
    district: District, desk: Desk
) -> None:
    found = await look(district, Incoming("lms", "x-1", brings_new=False))
    assert found == [New("x-1", (Reason.NOBODY_ALIKE,))]
    assert not await desk.fetch("select from matching.crosswalk where source_id = 'x-1'")


async def test_somebody_whom_nobody_is_like_is_new(district: District) -> None:
    grant = leave_to_identify(district, "Student", task="load")
    found = await identify_people(district, grant, people=[Incoming("lms", "x-1")])
    assert found == [New("x-1", (Reason.NOBODY_ALIKE,))]


async def test_a_look_at_who_is_who_is_in_the_ledger(district: District, desk: Desk) -> None:
    await desk.put("Student", student_body())
    grant = leave_to_identify(district, "Student", task="load")
    await identify_people(district, grant, people=[Incoming("lms", "x-1", Person(), "F-1")])
    rows = await desk.fetch(
        "select resource, rows from trust.ledger_entry where actor = 'operator:load' and action = 'Read'"
    )
    assert [tuple(row) for row in rows] == [("Student", 1)]


INES = Person("Ines", surname="Marlowe", birth_date=date(2011, 3, 5), school="4101")


async def look(district: District, *people: Incoming) -> list[Identity]:
    grant = leave_to_identify(district, "Student", task="load")
    return await identify_people(district, grant, people=people)


async def test_somebody_of_another_name_and_id_is_found_by_likeness(district: District, desk: Desk) -> None:
    await desk.build_world()
    found = (await look(district, Incoming("lms", "x-1", replace(INES, surname="MARLOWE-Hale"))))[0]
    assert isinstance(found, Known)
    assert found.unique_id == "F-1"
    assert {Reason.SURNAME_PART, Reason.BIRTH_DATE_SAME, Reason.SCHOOL_SAME} <= set(found.reasons)


async def test_a_twin_waits_for_a_person(district: District, desk: Desk) -> None:
    await desk.build_world()
    found = (await look(district, Incoming("lms", "x-2", replace(INES, given_name="Inez"))))[0]
    assert isinstance(found, Undecided)
    assert (len(found.questions), found.reasons[0]) == (1, Reason.MAY_BE_TWINS)


async def test_a_reused_number_is_noticed_and_a_new_one_is_given(district: District, desk: Desk) -> None:
    await desk.build_world()
    ned = Person("Ned", surname="Okafor", birth_date=date(2009, 11, 30))
    asked, new = await look(district, Incoming("lms", "x-3", ned, "F-1"), Incoming("lms", "F-1", ned))
    assert isinstance(asked, Undecided)
    assert asked.reasons[0] is Reason.ID_REUSED
    assert isinstance(new, New)
    assert new.unique_id not in {"F-1", ""}


async def test_a_second_id_of_one_source_for_one_person_waits_for_a_person(
    district: District, desk: Desk
) -> None:
    await desk.build_world()
    assert isinstance((await look(district, Incoming("lms", "x-1", INES)))[0], Known)
    again = (await look(district, Incoming("lms", "x-9", INES)))[0]
    assert isinstance(again, Undecided)
    assert again.reasons[0] is Reason.CLAIMED_TWICE


async def test_the_same_question_is_asked_once(district: District, desk: Desk) -> None:
    await desk.build_world()
    twin = Incoming("lms", "x-2", replace(INES, given_name="Inez"))
    await look(district, twin)
    await look(district, twin, twin)
    assert [tuple(r) for r in await desk.fetch("select state, candidate from matching.question")] == [
        ("open", "F-1")
    ]


async def test_what_a_source_says_of_somebody_is_sealed(district: District, desk: Desk) -> None:
    await desk.build_world()
    await look(district, Incoming("lms", "x-2", replace(INES, given_name="Inez")))
    sealed = (await desk.fetch("select incoming_sealed from matching.question"))[0][0]
    assert b"Inez" not in sealed


async def test_who_is_who_stands_behind_the_fence(district: District, desk: Desk) -> None:
    await desk.build_world()
    await look(
        district, Incoming("lms", "x-1", INES), Incoming("lms", "x-2", replace(INES, given_name="Inez"))
    )
    async with district.database.administering() as connection:
        for table in ("crosswalk", "question"):
            assert await connection.fetchval(f"select count(*) from matching.{table}") == 0


async def test_a_large_file_is_compared_with_the_whole_roll(district: District, desk: Desk) -> None:
    await desk.build_world()
    crowd = [
        Incoming(
            "lms", f"c-{n}", Person(f"Given{n}", surname=f"Sur{n * 7}", birth_date=date(2010, 1, 1 + n % 28))
        )
        for n in range(250)
    ]
    found = await look(district, *crowd, Incoming("lms", "x-1", INES))
    assert isinstance(found[-1], Known)
    assert all(isinstance(one, New) for one in found[:-1])


async def test_staff_and_contacts_are_found_too(district: District, desk: Desk) -> None:
    mail = {"electronicMailAddress": "ruth@fernhollow.example", "electronicMailTypeDescriptor": MAIL}
    await desk.build_world()
    await desk.put("Contact", {"contactUniqueId": "C-1", **NAMES, "electronicMails": [mail]})
    await desk.put(
        "StudentContactAssociation",
        {"contactReference": {"contactUniqueId": "C-1"}, "studentReference": {"studentUniqueId": "F-1"}},
    )
    await desk.put("Staff", {"staffUniqueId": "S-1", **NAMES, "birthDate": "1980-04-02"})
    mother = Person("Ruth", surname="Marlowe", contact_points=("ruth@fernhollow.example",), related=("F-1",))
    teacher = Person("Ruth", surname="Marlowe", birth_date=date(1980, 4, 2))
    for resource, person, unique_id in (("Contact", mother, "C-1"), ("Staff", teacher, "S-1")):
        grant = leave_to_identify(district, resource, task="load")
        found = (await identify_people(district, grant, people=[Incoming("sis", "r", person)]))[0]
        assert isinstance(found, Known), (resource, found)
        assert found.unique_id == unique_id


@pytest.mark.parametrize("standard", ["5.2", "6.1"])
async def test_numbers_that_others_gave_are_compared_in_every_standard(
    districts: Districts, standard: str
) -> None:
    """5.2 lists them with the student's association, 6.1 has a resource of their own."""
    name = f"t-{uuid4().hex[:12]}"
    district = await districts.create(name, standard=standard, is_sandbox=False, is_empty=False)
    desk = Desk(district)
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("Student", student_body())
    about = {
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentReference": {"studentUniqueId": "F-1"},
    }
    code = {
        "identificationCode": "77",
        "studentIdentificationSystemDescriptor": STATE,
        "assigningOrganizationIdentificationCode": "state",
    }
    if standard == "5.2":
        await desk.put(
            "StudentEducationOrganizationAssociation", {**about, "studentIdentificationCodes": [code]}
        )
    else:
        await desk.put("StudentIdentificationCode", {**about, **code})
    moved = replace(INES, surname="Hale", known_ids=(("State", "77"),))
    found = (await look(district, Incoming("lms", "x-1", moved)))[0]
    assert isinstance(found, Known), found
    assert found.reasons[0] is Reason.SAME_KNOWN_ID
    await districts.drop(name)


async def test_a_look_within_a_trial_leaves_nothing(district: District, desk: Desk) -> None:
    await desk.build_world()
    grant = leave_to_identify(district, "Student", task="load")
    async with trial_of(district) as trial, trial.chunk() as connection:
        await identify_people(district, grant, people=[Incoming("lms", "x-1", INES)], connection=connection)
    assert await desk.fetch("select 1 from matching.crosswalk") == []


async def test_an_open_question_stays_until_somebody_decides_or_the_source_says_something_new(
    district: District, desk: Desk
) -> None:
    await desk.build_world()
    twin = Incoming("lms", "x-2", replace(INES, given_name="Inez"))
    first = await look(district, twin)
    crowd = [Incoming("lms", f"c-{n}", Person(f"Given{n}", surname=f"Sur{n}")) for n in range(250)]
    again = await look(district, *crowd, twin)
    assert [again[-1]] == first
    corrected = replace(twin, person=INES)
    assert isinstance((await look(district, corrected))[0], Known)
    assert await desk.fetch("select 1 from matching.question where state = 'open'") == []
