"""Two records of one person: both sides are shown, made one, taken apart again, and ids of sources doubted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from homeroom.matching.people import Person
from homeroom.records.districts import Districts
from homeroom.records.people.identities import Incoming
from homeroom.records.undo import undo_batch
from tests.web.pages.conftest import SignIn
from tests.web.pages.test_matches import ask_about, cards
from tests.web.pages.town import Town, Visitor, words

STAYS, GOES = "D-1", "D-2"


def take_back(town: Town, batches: set[int]) -> None:
    """Loads, with all they brought; the newest first."""

    async def undo() -> None:
        districts = Districts(town.address, town.home)
        district = await districts.get(town.name)
        for batch in sorted(batches, reverse=True):
            await undo_batch(district, batch)
        await districts.close()

    asyncio.run(undo())


def loads(town: Town) -> set[int]:
    return {row[0] for row in town.fetch("select id from ingest.batch where undoes is null")}


def forget(town: Town) -> None:
    for table in ("left_record", "question", "crosswalk", "merger"):
        town.fetch(f"delete from matching.{table}")


@pytest.fixture
def doubles(town: Town) -> Iterator[None]:
    """One child under two numbers, enrolled under both."""
    forget(town)
    before = loads(town)
    enrolled = town.documents["StudentSchoolAssociation"][0]
    folder = f"doubles-{uuid4().hex[:8]}"
    people = [(STAYS, "Joaquin", "Belmonte-Ruiz"), (GOES, "Joaquín", "Belmonte")]
    students = [
        {"studentUniqueId": n, "firstName": first, "lastSurname": last, "birthDate": "2012-04-09"}
        for n, first, last in people
    ]
    town.load("Student", *students, into=folder)
    town.load(
        "StudentSchoolAssociation",
        *({**enrolled, "studentReference": {"studentUniqueId": n}} for n in (STAYS, GOES)),
        into=f"{folder}-enrolled",
    )
    yield
    take_back(town, loads(town) - before)
    forget(town)


def look_up(visitor: Visitor, one: str = STAYS, other: str = GOES, status: int = 200) -> str:
    answer = visitor.submit("/matches/records", kind="Student", one=one, other=other)
    assert answer.status_code == status
    return answer.text


def merge(visitor: Visitor, kept: str = STAYS, gone: str = GOES) -> Any:
    return visitor.submit("/matches/merge", kind="Student", one=kept, other=gone, kept=kept)


def numbers(town: Town) -> list[str]:
    rows = town.fetch(
        "select student_unique_id from edfi.student where student_unique_id like 'D-%' order by 1"
    )
    return [row[0] for row in rows]


def test_both_sides_are_shown_with_what_differs(sign_in: SignIn, doubles: None) -> None:
    text = look_up(sign_in("data_manager"))
    assert "Belmonte-Ruiz" in text
    assert "Whose record stays?" in text
    assert text.count("mark-differs") == 1  # the accent does not count


def test_a_number_of_nobody_is_said_and_nothing_is_offered(sign_in: SignIn, doubles: None) -> None:
    text = look_up(sign_in("data_manager"), other="D-99")
    assert "You can see nobody with the number D-99." in text
    assert "Whose record stays?" not in text


def test_two_are_made_one_and_taken_apart_again(town: Town, sign_in: SignIn, doubles: None) -> None:
    manager = sign_in("data_manager")
    answer = merge(manager)
    assert answer.status_code == 200
    assert "The two are one now" in answer.text
    assert "1 that both had is gone." in answer.text
    assert numbers(town) == [STAYS]
    merger = town.fetch("select id from matching.merger")[0][0]
    parted = manager.submit("/matches/split", merger=str(merger))
    assert "Both stand again" in parted.text
    assert numbers(town) == [STAYS, GOES]
    assert manager.submit("/matches/split", merger=str(merger)).text.count("That cannot be done") == 1
    acts = town.fetch(
        "select action from trust.ledger_entry where action in ('merge', 'split') and actor like 'staff:%'"
        " order by id desc limit 2"
    )
    assert [row[0] for row in acts] == ["split", "merge"]


def test_what_a_source_calls_somebody_can_be_doubted(town: Town, sign_in: SignIn, doubles: None) -> None:
    person = Person("Joaquin", surname="Belmonte-Ruiz", birth_date=date(2012, 4, 9))
    ask_about(town, Incoming("quill", "k-1", person, STAYS))
    manager = sign_in("data_manager")
    assert "k-1" in look_up(manager)
    assert (
        manager.submit("/matches/doubt", kind="Student", source="quill", source_id="k-1").status_code == 303
    )
    (card,) = cards(manager)
    assert "somebody doubts an earlier match" in words([card])
    assert "k-1" not in look_up(manager)
    assert (
        manager.submit("/matches/doubt", kind="Student", source="quill", source_id="k-1").status_code == 404
    )


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("records", {"kind": "School"}),
        ("merge", {"kind": "Student", "one": STAYS, "other": GOES}),
        ("merge", {"kind": "Student", "one": STAYS, "other": GOES, "kept": "D-99"}),
        ("merge", {"kind": "Student", "one": STAYS, "other": STAYS, "kept": STAYS}),
        ("split", {"merger": "99999"}),
        ("split", {"merger": "x"}),
        ("doubt", {"kind": "School", "source": "a", "source_id": "b"}),
    ],
)
def test_what_makes_no_sense_is_not_there(sign_in: SignIn, page: str, fields: dict[str, str]) -> None:
    assert sign_in("data_manager").submit(f"/matches/{page}", **fields).status_code == 404


@pytest.mark.parametrize("role", ["teacher", "principal"])
def test_only_the_data_manager_makes_two_one(town: Town, sign_in: SignIn, role: str, doubles: None) -> None:
    visitor = sign_in(role)
    visitor.page("/matches/records", status=404)
    assert merge(visitor).status_code == 404
    assert numbers(town) == [STAYS, GOES]


def test_people_out_of_reach_are_neither_shown_nor_made_one(
    town: Town, sign_in: SignIn, doubles: None
) -> None:
    kept = town.fetch("select organizations from trust.account where role = 'data_manager'")[0][0]
    town.fetch("update trust.account set organizations = '{1}' where role = 'data_manager'")
    try:
        narrow = sign_in("data_manager")
        assert "Belmonte" not in look_up(narrow)
        assert merge(narrow).status_code == 404
    finally:
        town.fetch("update trust.account set organizations = $1::bigint[] where role = 'data_manager'", kept)
    assert numbers(town) == [STAYS, GOES]
