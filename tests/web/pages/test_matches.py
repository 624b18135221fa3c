"""The review of matches: both sides with what differs, a decision, its undo, and nobody else's business."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from homeroom.matching.people import Person
from homeroom.records.districts import Districts
from homeroom.records.people.identities import Identity, Incoming, identify_people, leave_to_identify
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, counted_statements, words


def likeness_of(town: Town, number: int) -> Person:
    """A student of the town, as another source may tell of them: under a given name that a twin might have."""
    student = town.documents["Student"][number]
    return Person(
        given_name=student["firstName"] + "e",
        surname=student["lastSurname"],
        birth_date=date.fromisoformat(student["birthDate"]),
    )


def ask_about(town: Town, *people: Incoming) -> list[Identity]:
    """Looks the people up, as a load does; what it cannot decide waits on the page."""

    async def ask() -> list[Identity]:
        districts = Districts(town.address, town.home)
        district = await districts.get(town.name)
        try:
            grant = leave_to_identify(district, "Student", task="load")
            return await identify_people(district, grant, people=people)
        finally:
            await districts.close()

    return asyncio.run(ask())


@pytest.fixture
def asked(town: Town) -> tuple[Incoming, str]:
    """One pair that waits, and the unique id of the district's side."""
    student = town.documents["Student"][41]
    one = Incoming("page-lms", "p-41", likeness_of(town, 41))
    town.fetch("delete from matching.question")
    town.fetch("delete from matching.crosswalk")
    ask_about(town, one)
    return one, student["studentUniqueId"]


def cards(visitor: Visitor) -> list[Any]:
    return list(visitor.page("/matches").xpath("//li[contains(@class, 'card match')]"))


def question_of(card: Any) -> str:
    return str(card.xpath(".//input[@name='question']/@value")[0])


def test_a_pair_shows_both_sides_and_what_differs(sign_in: SignIn, asked: tuple[Incoming, str]) -> None:
    one, unique_id = asked
    card = cards(sign_in("data_manager"))[0]
    text = words([card])
    assert one.person.given_name in text
    assert unique_id in text
    assert [words(row.xpath("th")) for row in card.xpath(".//tr[@class='differs']")] == ["Given name differs"]
    assert "may be twins, similar given name" in text


def test_deciding_settles_the_pair_and_the_next_look_knows(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    one, unique_id = asked
    manager = sign_in("data_manager")
    question = question_of(cards(manager)[0])
    assert manager.submit("/matches", question=question, ruling="same").status_code == 303
    assert cards(manager) == []
    assert [found.unique_id for found in ask_about(town, one)] == [unique_id]  # type: ignore[union-attr]
    assert manager.submit("/matches/undo", question=question).status_code == 303
    assert len(cards(manager)) == 1


def test_two_who_are_different_are_not_asked_about_again(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    manager = sign_in("data_manager")
    question = question_of(cards(manager)[0])
    manager.submit("/matches", question=question, ruling="different")
    assert type(ask_about(town, asked[0])[0]).__name__ == "New"
    assert cards(manager) == []


def test_later_leaves_the_pair_open_behind_the_others(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    ask_about(town, Incoming("page-lms", "p-52", likeness_of(town, 52)))
    manager = sign_in("data_manager")
    first = cards(manager)[0].get("id")
    manager.submit("/matches", question=first.removeprefix("pair-"), ruling="later")
    assert [card.get("id") for card in cards(manager)][-1] == first


def test_a_look_at_pairs_and_a_decision_are_in_the_ledger(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    manager = sign_in("data_manager")
    question = question_of(cards(manager)[0])
    manager.submit("/matches", question=question, ruling="different")
    rows = town.fetch(
        "select action from trust.ledger_entry where resource = 'matching.question' and records = array[$1::bigint]"
        " and actor like 'staff:%' order by id",
        int(question),
    )
    assert [row[0] for row in rows] == ["Read", "rule_different"]


@pytest.mark.parametrize(
    "fields", [{"ruling": "same"}, {"question": "1", "ruling": "burn"}, {"question": "9" * 30}]
)
def test_what_makes_no_sense_is_not_there(sign_in: SignIn, fields: dict[str, str]) -> None:
    assert sign_in("data_manager").submit("/matches", **fields).status_code == 404


@pytest.mark.parametrize("role", ["teacher", "principal"])
def test_who_is_who_is_not_everybodys_to_decide(
    sign_in: SignIn, role: str, asked: tuple[Incoming, str]
) -> None:
    visitor = sign_in(role)
    visitor.page("/matches", status=404)
    assert visitor.submit("/matches", question="1", ruling="same").status_code == 404


def test_a_pair_about_somebody_out_of_reach_is_neither_shown_nor_decided(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    """The district's side is read under the reader's own Grant."""
    manager = sign_in("data_manager")
    question = question_of(cards(manager)[0])
    kept = town.fetch("select organizations from trust.account where role = 'data_manager'")[0][0]
    town.fetch("update trust.account set organizations = '{1}' where role = 'data_manager'")
    try:
        narrow = sign_in("data_manager")
        assert cards(narrow) == []
        assert narrow.submit("/matches", question=question, ruling="same").status_code == 404
    finally:
        town.fetch("update trust.account set organizations = $1::bigint[] where role = 'data_manager'", kept)


def test_the_page_takes_as_many_statements_for_many_pairs_as_for_one(
    town: Town, sign_in: SignIn, asked: tuple[Incoming, str]
) -> None:
    manager = sign_in("data_manager")
    manager.page("/matches")
    with counted_statements() as one:
        manager.page("/matches")
    ask_about(town, *(Incoming("page-lms", f"p-{n}", likeness_of(town, n)) for n in (91, 95, 101, 107)))
    with counted_statements() as many:
        assert len(cards(manager)) == 5
    # session, how many wait, the pairs, the ledger, the roll, what is said beside it, enrolments
    assert len(one) == len(many) == 7, (one, many)


def test_nothing_waiting_says_so(town: Town, sign_in: SignIn, asked: tuple[Incoming, str]) -> None:
    town.fetch("delete from matching.question")
    assert "Nothing to decide" in words([sign_in("data_manager").page("/matches")])
