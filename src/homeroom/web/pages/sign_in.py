"""Signing in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from starlette.responses import Response

from homeroom.base.ids import random_token
from homeroom.trust.demo import DemoAccount, read_demo_accounts
from homeroom.web.auth.sessions import cookie_header, form_cookie_header, sign_in, sign_out
from homeroom.web.pages.forms import Form
from homeroom.web.pages.visits import MemberVisit, Visit

FORM_COOKIE: Final = "homeroom_form"
_HOME: Final = "/"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """district: the one to sign in to; None when there is no district yet. districts: to choose from.

    fault: `wrong` or `locked`, None at first; wait_minutes: until the next try when locked.
    csrf: guards the form; goes_to: where to go afterwards; login: as it was typed. demo: accounts to try out.
    """

    district: str | None
    districts: Sequence[str]
    fault: str | None
    wait_minutes: int
    csrf: str
    goes_to: str
    login: str
    demo: Sequence[DemoAccount]


async def show_sign_in(visit: Visit) -> Response:
    """The form."""
    goes_to = _safe_address(unquote(visit.request.query_params.get("to", _HOME)))
    return await _show(visit, visit.request.query_params.get("district", ""), goes_to=goes_to)


async def do_sign_in(visit: Visit) -> Response:
    """Opens a session, or shows the form again with the reason in words that fit whichever was wrong."""
    form = visit.form
    goes_to = _safe_address(form.text("to"))
    if not form.carries(visit.request.cookies.get(FORM_COOKIE, "")):
        return await _show(visit, form.text("district"), goes_to=goes_to, fault="stale")
    name = _guessed_name(visit, form)
    guesses, by_address = visit.pages.guesses, visit.pages.guesses_by_address
    wait = max(guesses.wait_seconds(name), by_address.wait_seconds(visit.address))
    if wait:
        return await _show(visit, form.text("district"), goes_to=goes_to, fault="locked", wait_seconds=wait)
    district = await visit.pages.districts.find(form.text("district"))
    cookie = district and await sign_in(
        district, login=form.text("login"), password=form.raw("password"), now=visit.now
    )
    if not cookie:
        guesses.record_failure(name)
        by_address.record_failure(visit.address)
        return await _show(visit, form.text("district"), goes_to=goes_to, fault="wrong")
    guesses.forget(name)
    response = visit.go_to(goes_to)
    response.headers.append("set-cookie", cookie_header(cookie, is_secure=visit.is_secure))
    return response


async def do_sign_out(visit: MemberVisit) -> Response:
    """Ends the session, and has the browser forget all it knows of us."""
    await sign_out(visit.signed_in)
    response = visit.go_to("/sign-in")
    response.headers.append("set-cookie", cookie_header("", is_secure=visit.is_secure, seconds=0))
    response.headers["clear-site-data"] = '"cache", "cookies", "storage"'
    return response


def ask_to_sign_in(visit: Visit) -> Response:
    """Sends somebody unknown to the form, and back to a page afterwards."""
    path = visit.request.url.path
    goes_to = f"?to={quote(path, safe='')}" if visit.request.method == "GET" and path != _HOME else ""
    return visit.go_to(f"/sign-in{goes_to}")


async def _show(
    visit: Visit, wanted: str, *, goes_to: str, fault: str | None = None, wait_seconds: int = 0
) -> Response:
    names = [entry.name for entry in await visit.pages.districts.entries()]
    chosen = next((n for n in names if n.lower() == wanted.lower()), names[0] if names else None)
    district = await visit.pages.districts.find(chosen) if chosen else None
    # The same for every tab of one browser, so that opening a second one does not spoil the first.
    csrf = visit.request.cookies.get(FORM_COOKIE) or random_token()
    page = SignInPage(
        district=chosen,
        districts=names,
        fault=fault,
        wait_minutes=-(-wait_seconds // 60),
        csrf=csrf,
        goes_to=goes_to,
        login=visit.form.text("login"),
        demo=await read_demo_accounts(district.database) if district else (),
    )
    response = visit.render("sign_in.html", page, status=_STATUS[fault])
    cookie = form_cookie_header(FORM_COOKIE, csrf, is_secure=visit.is_secure)
    response.headers.append("set-cookie", cookie)
    return response


_STATUS: Final = {None: 200, "wrong": 401, "stale": 403, "locked": 429}


def _guessed_name(visit: Visit, form: Form) -> str:
    """By account and address, so that one who guesses does not lock the right person out."""
    return f"{form.text('district')} {form.text('login').casefold()} {visit.address}"


def _safe_address(address: str) -> str:
    """A path of ours; the home for whatever could lead elsewhere."""
    is_ours = address.startswith("/") and address.isprintable() and "\\" not in address
    return address if is_ours and not address.startswith("//") else _HOME
