"""From the session's cookie to the person: which district, which account, what they may enter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.trust.accounts import SESSION_LIFE, Session, close_session, find_session, open_session
from homeroom.trust.actors import StaffMember

COOKIE: Final = "homeroom_session"
_PARTED_BY: Final = "."  # neither a district's name nor a token holds one


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at a page. token: of their session, for ending it; csrf: what every form has to carry."""

    district: District
    session: Session
    token: str

    @property
    def member(self) -> StaffMember:
        """Who acts."""
        return self.session.member


async def find_signed_in(districts: Districts, cookie: str | None, *, now: datetime) -> SignedIn | None:
    """Whom a cookie belongs to, in one statement; None for none, a made-up one or one that is over."""
    name, parting, token = (cookie or "").partition(_PARTED_BY)
    if not parting or not token:
        return None
    district = await districts.find(name)
    if district is None:
        return None
    session = await find_session(district.database, token, now=now)
    return SignedIn(district, session, token) if session else None


async def sign_in(district: District, *, login: str, password: str, now: datetime) -> str | None:
    """The cookie of a new session; None when login and password do not fit together."""
    token = await open_session(district.database, login=login, password=password, now=now)
    return f"{district.name}{_PARTED_BY}{token}" if token else None


async def sign_out(signed_in: SignedIn) -> None:
    """Ends the session on our side; the cookie is worth nothing from now on."""
    await close_session(signed_in.district.database, signed_in.token, signed_in.member)


def cookie_header(value: str, *, is_secure: bool, seconds: int = int(SESSION_LIFE.total_seconds())) -> str:
    """The `set-cookie` of a session; with no seconds it takes the cookie back."""
    return _cookie(COOKIE, value, is_secure=is_secure, seconds=seconds)


def form_cookie_header(name: str, value: str, *, is_secure: bool) -> str:
    """The `set-cookie` that guards a form of somebody who is not signed in yet; good for an hour."""
    return _cookie(name, value, is_secure=is_secure, seconds=3600)


def _cookie(name: str, value: str, *, is_secure: bool, seconds: int) -> str:
    secure = "; Secure" if is_secure else ""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
