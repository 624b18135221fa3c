"""Signing in and out: who gets in, what is told to those who do not, and what the browser keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeroom.web.pages.sign_in import _safe_address
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import PASSWORD, STAFF, PagesServer, Town, Visitor, words

TEACHER = STAFF["teacher"].electronic_mail_address


def test_the_right_password_opens_a_session_in_a_guarded_cookie(town: Town, visitor: Visitor) -> None:
    response = visitor.sign_in(town.name, f"  {TEACHER.upper()} ")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith("homeroom_session="))
    assert "; HttpOnly; SameSite=Lax" in cookie
    assert words(visitor.page("/sections").xpath("//span[@class='who-name']")) == "Maya Okafor"


def test_a_wrong_password_and_an_unknown_login_are_told_the_same(town: Town, visitor: Visitor) -> None:
    wrong = visitor.sign_in(town.name, TEACHER, "not-her-password")
    unknown = visitor.sign_in(town.name, "nobody@willowcreek.example", "not-her-password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace(f'value="{TEACHER}">\n    <label', "") == unknown.text.replace(
        'value="nobody@willowcreek.example">\n    <label', ""
    )
    assert visitor.get("/sections").status_code == 303


def test_an_account_of_one_district_opens_no_other(town: Town, visitor: Visitor) -> None:
    assert visitor.sign_in("no-such-district", TEACHER).status_code == 401


def test_guessing_is_slowed(town: Town, visitor: Visitor) -> None:
    login = "guessed@willowcreek.example"
    answers = [visitor.sign_in(town.name, login, f"guess-number-{n}").status_code for n in range(8)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert visitor.sign_in(town.name, TEACHER).status_code == 303, "others are not slowed"


def test_signing_out_ends_the_session_on_both_sides(sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    kept = teacher.cookies["homeroom_session"]
    response = teacher.submit("/sign-out")
    assert response.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert "homeroom_session" not in teacher.cookies
    teacher.cookies.set("homeroom_session", kept)
    assert teacher.get("/sections").headers["location"].startswith("/sign-in")


def test_signing_out_needs_a_form_of_ours(sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    assert teacher.post("/sign-out").status_code == 403
    assert teacher.get("/sections").status_code == 200


def test_a_session_ends_after_twelve_hours(pages: PagesServer, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    pages.clock.move(timedelta(hours=12, seconds=1))
    try:
        assert teacher.get("/sections").status_code == 303
    finally:
        pages.clock.move(timedelta(hours=-12, seconds=-1))
    assert teacher.get("/sections").status_code == 200


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.y", "a" * 5000, "no-such-district.token"])
def test_a_made_up_cookie_is_nobody(visitor: Visitor, cookie: str) -> None:
    response = visitor.get("/sections", headers={"cookie": f"homeroom_session={cookie}"})
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?to=%2Fsections")


def test_a_cookie_is_good_for_its_own_district_alone(town: Town, sign_in: SignIn, visitor: Visitor) -> None:
    token = sign_in("teacher").cookies["homeroom_session"].partition(".")[2]
    response = visitor.get("/sections", headers={"cookie": f"homeroom_session={town.empty}.{token}"})
    assert response.status_code == 303


def test_who_is_unknown_learns_of_no_page_whether_it_exists(visitor: Visitor) -> None:
    for address in ("/sections", "/clients", "/nothing", "/records/ed-fi/students"):
        response = visitor.get(address)
        assert response.status_code == 303
        assert response.headers["location"].startswith("/sign-in?to=")
    assert visitor.post("/clients").headers["location"] == "/sign-in"


def test_after_signing_in_one_is_where_one_wanted_to_be(town: Town, visitor: Visitor) -> None:
    address = visitor.get("/records/ed-fi/students").headers["location"]
    form = visitor.page(f"{address}&district={town.name}")
    fields = {name: form.xpath(f"//input[@name='{name}']/@value")[0] for name in ("csrf", "to")}
    response = visitor.post(
        "/sign-in", data={**fields, "district": town.name, "login": TEACHER, "password": PASSWORD}
    )
    assert response.headers["location"] == "/records/ed-fi/students"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:x",
        "/a\nb",
        "",
        "sections",
    ],
)
def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert _safe_address(address) == "/"
    assert _safe_address("/sections") == "/sections"


def test_a_form_of_another_site_signs_nobody_in(town: Town, visitor: Visitor) -> None:
    fields = {"to": "/", "district": town.name, "login": TEACHER, "password": PASSWORD}
    assert visitor.post("/sign-in", data=fields).status_code == 403
    assert visitor.post("/sign-in", data={**fields, "csrf": ""}).status_code == 403
    assert "homeroom_session" not in visitor.cookies


def test_the_demo_lists_its_accounts_and_no_other_district_does(town: Town, visitor: Visitor) -> None:
    demo = visitor.page(f"/sign-in?district={town.name}")
    assert len(demo.xpath("//ul[@class='people']/li")) == len(STAFF)
    other = visitor.get(f"/sign-in?district={town.empty}").text
    assert PASSWORD not in other
    assert TEACHER not in other


def test_the_demo_signs_in_with_one_press(town: Town, visitor: Visitor) -> None:
    form = visitor.page(f"/sign-in?district={town.name}").xpath("//ul[@class='people']/li[1]//form")[0]
    response = visitor.post("/sign-in", data=dict(form.form_values()))
    assert response.status_code == 303


@pytest.mark.parametrize("body", [b"x" * 70_000, b"\xff\xfe=1", b"&".join(b"a=1" for _ in range(400))])
def test_a_body_that_is_no_small_form_is_refused(visitor: Visitor, body: bytes) -> None:
    response = visitor.post(
        "/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == 403
