"""Feeds on their pages: made, changed, paused, asked for now, sent for; and who may."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, words

FORM = {
    "name": "Bus passes",
    "spec": "",
    "parameters": "school_year=2027",
    "connector": "",
    "schedule": "",
    "resources": "",
    "scope": "",
    "most_rows": "50",
    "most_share": "10",
    "rows_down": "40",
    "rows_up": "",
    "blanks_up": "30",
    "new_codes": "1",
}
SFTP = {"connector": "sftp", "settings": "host=files.example.org\nuser=bus\npassword=open-sesame"}


def make(manager: Visitor, **changes: str) -> str:
    """The address of a new feed."""
    response = manager.submit("/feeds", **{**FORM, **changes})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def stored(town: Town, address: str) -> Any:
    """The feed's row."""
    number = int(address.rpartition("/")[2])
    return town.fetch("select * from ingest.feed where id = $1", number)[0]


def faults(text: str) -> str:
    page: Any = html.fromstring(text)
    return words(page.xpath("//div[@id='faults']"))


def test_a_feed_is_made_and_said_in_plain_words(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    scope = {"resources": "studentSchoolAssociations", "scope": "schoolId", "most_share": "5"}
    address = make(manager, name="Enrolments", rows_down="25", **scope)
    text = words(manager.page(address).xpath("//section[@aria-labelledby='about']"))
    assert "sent in by people or programs" in text
    assert "Each delivery holds all studentSchoolAssociations of each schoolId in it" in text
    assert "more than 50 records, or more than 5 % of the feed" in text
    assert "rows are down by more than 25 %" in text
    assert "school_year = 2027" in text
    assert '"rows_down":0.25' in stored(town, address)["bands"].replace(" ", "")
    assert "Enrolments" in words(manager.page("/feeds").xpath("//ul[@class='clients']//h2"))


def test_a_change_keeps_the_sealed_settings_that_are_left_empty(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Kept settings", schedule="daily at 02:30", **SFTP)
    before = stored(town, address)
    assert "open-sesame" not in manager.get(address).text
    changed = {**FORM, "connector": "sftp", "schedule": "every 2 hours"}
    assert manager.submit(address, **changed).status_code == 303
    after = stored(town, address)
    assert after["schedule"] == "every 2 hours"
    assert after["connector_sealed"] == before["connector_sealed"] is not None
    assert manager.submit(address, **changed, settings="host=other.example.org").status_code == 303
    assert stored(town, address)["connector_sealed"] != before["connector_sealed"]
    assert manager.submit(address, **FORM).status_code == 303
    assert stored(town, address)["connector_sealed"] is None


def test_a_feed_is_paused_and_goes_on(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Paused")
    assert manager.submit(f"{address}/pause").headers["location"] == address
    assert stored(town, address)["is_paused"]
    assert "paused" in words(manager.page(address).xpath("//h1"))
    manager.submit(f"{address}/resume")
    assert not stored(town, address)["is_paused"]


def test_a_source_is_visited_now(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Now", **SFTP)
    asked = manager.submit(f"{address}/run").headers["location"]
    assert "visited now" in words(manager.page(asked).xpath("//p[@role='status']"))
    number = int(address.rpartition("/")[2])
    assert town.fetch("select count(*) from job.job where kind = 'feed' and subject = $1", number)[0][0] == 1


def test_what_has_no_source_or_is_paused_cannot_be_visited(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    assert manager.submit(f"{make(manager, name='No source')}/run").status_code == 404
    address = make(manager, name="Paused source", **SFTP)
    manager.submit(f"{address}/pause")
    assert manager.submit(f"{address}/run").status_code == 404


def test_files_are_sent_for_a_feed(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Sent in")
    number = address.rpartition("/")[2]
    choice = manager.page(f"/files?feed={number}").xpath("//select[@id='feed']/option[@selected]/@value")
    assert choice == [number]
    response = manager.post(
        "/files", data={"csrf": manager.csrf, "feed": number}, files={"files": ("a.csv", b"a,b\n1,2\n")}
    )
    batch = int(response.headers["location"].rpartition("/")[2])
    assert town.fetch("select feed from ingest.batch where id = $1", batch)[0][0] == int(number)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": ""}, "needs a name"),
        ({"schedule": "at noon", **SFTP}, "cannot be read; write every 15 minutes"),
        ({"schedule": "daily at 02:30"}, "needs a connector"),
        ({"resources": "unicorns"}, "names resources of the district's standard"),
        ({"resources": "students", "scope": "schoolId"}, "members of its key"),
        ({"resources": "students", "most_rows": "many"}, "whole numbers"),
        ({"rows_down": "half"}, "not a share in percent"),
        ({"parameters": "2027"}, "as name=value"),
        ({"connector": "folder", "settings": "path=/etc"}, "no such source"),
        ({"connector": "sql", "settings": "url=sqlite:////etc/x"}, "no such source"),
        ({"mail": "a\0b"}, "cannot be stored"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(
    town: Town, sign_in: SignIn, changes: dict[str, str], fault: str
) -> None:
    count = town.fetch("select count(*) from ingest.feed")[0][0]
    response = sign_in("data_manager").submit("/feeds", **{**FORM, "name": "Faulty", **changes})
    assert response.status_code == 400
    assert fault in faults(response.text)
    assert "open-sesame" not in response.text
    assert town.fetch("select count(*) from ingest.feed")[0][0] == count


def test_a_new_feed_takes_the_place_of_none(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Taken")
    response = manager.submit("/feeds", **{**FORM, "name": "Taken", "parameters": ""})
    assert "of this name already" in faults(response.text)
    assert "2027" in stored(town, address)["parameters"]


def test_the_operators_source_stays_as_it_was_set(town: Town, sign_in: SignIn) -> None:
    """A folder of the server may hold what is another district's."""
    manager = sign_in("data_manager")
    address = make(manager, name="Watched")
    number = int(address.rpartition("/")[2])
    town.fetch("update ingest.feed set connector = 'folder', connector_sealed = 'x' where id = $1", number)
    folder = {**FORM, "connector": "folder"}
    assert manager.submit(address, **folder, settings="path=/etc").status_code == 400
    assert manager.submit(address, **{**folder, "rows_up": "80"}).status_code == 303
    assert stored(town, address)["connector_sealed"] == b"x"


@pytest.mark.parametrize("role", ["teacher", "principal"])
def test_feeds_are_not_everybodys(town: Town, sign_in: SignIn, role: str) -> None:
    address = make(sign_in("data_manager"), name=f"Closed to a {role}")
    visitor = sign_in(role)
    absent = visitor.get("/nothing").content
    assert visitor.get("/feeds").content == visitor.get(address).content == absent
    for act in ("", "/pause", "/resume", "/run"):
        assert visitor.submit(address + act, **FORM).status_code == 404
    assert visitor.submit("/feeds", **FORM).status_code == 404
    assert not stored(town, address)["is_paused"]


def test_a_feed_that_is_not_there_is_absent(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    for number in ("9999999", "9" * 30):
        assert manager.get(f"/feeds/{number}").status_code == 404


def test_forms_of_other_sites_do_nothing(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Guarded")
    assert manager.post(f"{address}/pause", data={}).status_code == 403
    assert manager.post("/feeds", data=FORM).status_code == 403
    assert not stored(town, address)["is_paused"]


def test_every_act_is_in_the_ledger(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = make(manager, name="Written down", **SFTP)
    for act in ("run", "pause", "resume"):
        manager.submit(f"{address}/{act}")
    rows = town.fetch(
        "select action from trust.ledger_entry where resource = 'Feed' and records = array[$1::bigint] order by id",
        int(address.rpartition("/")[2]),
    )
    assert [row[0] for row in rows] == ["save", "visit", "pause", "resume"]


def test_a_district_without_feeds_says_what_they_are_for(town: Town, sign_in: SignIn) -> None:
    assert "No feed yet" in words([sign_in("data_manager", town.empty).page("/feeds")])
