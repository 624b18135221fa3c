"""API clients: a secret shown once, a new one, an end, and failures by cause."""

from __future__ import annotations

import asyncio
from typing import Any

from lxml import html

from homeroom.records.districts import Districts
from homeroom.trust.api_settings import ApiSettingStore
from homeroom.trust.failures import Failure, FailureTally
from homeroom.trust.tokens import IssuedToken, TokenBook, TokenRefusal, issue_token
from homeroom.trust.versions import Versions
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, words

FORM = {
    "name": "Bus routes",
    "claim_set": "SISVendor",
    "organizations": "255950, 255950004",
    "namespaces": "uri://ed-fi.org uri://bus.example",
}


class _Holder:
    def __init__(self, database: Any) -> None:
        self.database = database
        versions = Versions(database)
        self.tokens = TokenBook(versions)
        self.api_settings = ApiSettingStore(database, versions)


def tries(town: Town, key: str, secret: str) -> IssuedToken | TokenRefusal:
    """What a program gets that signs in with them."""

    async def ask() -> IssuedToken | TokenRefusal:
        districts = Districts(town.address, town.home)
        district = await districts.get(town.name)
        try:
            return await issue_token(_Holder(district.database), key=key, secret=secret)
        finally:
            await districts.close()

    return asyncio.run(ask())


def credentials(text: str) -> tuple[str, str]:
    codes = html.fromstring(text).xpath("//section[@aria-labelledby='secret']//code")
    return words([codes[0]]), words([codes[1]])


def create(manager: Visitor, **changes: str) -> tuple[str, str]:
    response = manager.submit("/clients", **{**FORM, **changes})
    assert response.status_code == 200, response.text
    return credentials(response.text)


def card(manager: Visitor, key: str) -> Any:
    return manager.page("/clients").xpath(f"//li[contains(@class, 'client')][.//code[. = '{key}']]")[0]


def test_a_new_client_works_and_its_secret_is_shown_once(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    key, secret = create(manager)
    assert isinstance(tries(town, key, secret), IssuedToken)
    later = manager.get("/clients").text
    assert key in later
    assert secret not in later
    shown = words([card(manager, key)])
    assert "organizations 255950, 255950004" in shown
    assert "uri://ed-fi.org, uri://bus.example" in shown


def test_rotating_ends_the_old_secret(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    key, old = create(manager, name="Library")
    same, new = credentials(manager.submit("/clients/rotate", key=key).text)
    assert same == key
    assert isinstance(tries(town, key, old), TokenRefusal)
    assert isinstance(tries(town, key, new), IssuedToken)


def test_revoking_ends_the_client_for_good(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    key, secret = create(manager, name="Old reports")
    assert manager.submit("/clients/revoke", key=key).headers["location"] == "/clients"
    assert isinstance(tries(town, key, secret), TokenRefusal)
    ended = card(manager, key)
    assert "revoked" in words([ended])
    assert not ended.xpath(".//form")


def test_failures_are_grouped_by_cause_over_days(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    key, _ = create(manager, name="Gradebook")
    client = town.fetch("select id from trust.client where key = $1", key)[0][0]
    cause = Failure(client, "grades", 409, "data-conflict:unresolved-reference: StudentSectionAssociation")

    async def fail() -> None:
        districts = Districts(town.address, town.home)
        tally = FailureTally((await districts.get(town.name)).database)
        for _ in range(30):
            tally.add(cause)
        tally.add(Failure(client, "", 400, "bad-request:data"))
        await tally.close()
        await districts.close()

    asyncio.run(fail())
    town.fetch(
        "insert into trust.client_failure (client, day, resource, status, cause, requests)"
        " select client, day - 2, resource, status, cause, 12 from trust.client_failure where client = $1"
        " and status = 409 returning 1",
        client,
    )
    shown = card(manager, key)
    assert words(shown.xpath(".//details/summary")) == "43 failed requests of 2 causes in 14 days"
    first = shown.xpath(".//details//tbody/tr")[0]
    assert [words([c]) for c in first.xpath("./td")[:2]] == ["409", "42"]


def test_a_faulty_form_comes_back_as_it_was_sent(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    response = manager.submit("/clients", **{**FORM, "name": "", "organizations": "the district"})
    page = html.fromstring(response.text)
    assert response.status_code == 400
    assert page.get_element_by_id("organizations").get("value") == "the district"
    assert page.get_element_by_id("organizations").get("aria-describedby") == "organizations-fault"
    assert words([page.get_element_by_id("name-fault")]) == "Please fill this in."


def test_nothing_is_done_for_a_form_of_another_site(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    key, secret = create(manager, name="Meals")
    for address in ("/clients", "/clients/rotate", "/clients/revoke"):
        assert manager.post(address, data={**FORM, "key": key}).status_code == 403
        assert manager.post(address, data={**FORM, "key": key, "csrf": "x" * 43}).status_code == 403
    assert isinstance(tries(town, key, secret), IssuedToken)


def test_other_roles_can_neither_see_nor_change_clients(town: Town, sign_in: SignIn) -> None:
    key, secret = create(sign_in("data_manager"), name="Nurse")
    teacher = sign_in("teacher")
    assert teacher.get("/clients").status_code == 404
    assert teacher.submit("/clients/revoke", key=key).status_code == 404
    assert isinstance(tries(town, key, secret), IssuedToken)


def test_a_key_of_no_client_is_absent(sign_in: SignIn) -> None:
    assert sign_in("data_manager").submit("/clients/rotate", key="no-such-key").status_code == 404


def test_every_act_is_in_the_ledger(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    before = town.fetch("select max(id) from trust.ledger_entry")[0][0]
    key, _ = create(manager, name="Photos")
    manager.submit("/clients/rotate", key=key)
    manager.submit("/clients/revoke", key=key)
    acts = town.fetch("select actor, action from trust.ledger_entry where id > $1 order by id", before)
    member = town.fetch("select id from trust.account where role = 'data_manager'")[0][0]
    expected = ["create_client", "rotate_client", "revoke_client"]
    assert [tuple(a) for a in acts] == [(f"staff:{member}", act) for act in expected]
