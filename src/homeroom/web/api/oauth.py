"""Tokens for keys and secrets, in every form that clients send them (edfi-api.md 1.3)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from homeroom.trust.tokens import IssuedToken, TokenFault, TokenRefusal
from homeroom.web.api import problems
from homeroom.web.api.exchange import BodyTooLargeError, Request, Response, json_response
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site

_LARGEST_FORM = 64 * 1024
NO_STORE = (("cache-control", "no-store"), ("pragma", "no-cache"))


@dataclass(frozen=True, slots=True)
class _Credentials:
    key: str
    secret: str


async def answer_token(request: Request, site: Site) -> Response | Problem:
    """A token, or the OAuth error."""
    members = await read_members(request)
    if isinstance(members, Response | Problem):
        return members
    found = _credentials(request, members)
    if isinstance(found, Response):
        return found
    if members.get("grant_type", "") != "client_credentials":
        return _error(400, "unsupported_grant_type")
    scope = members.get("scope") or None
    issued = await site.access.issue(found.key, found.secret, scope=scope, address=request.client_address)
    return _issued(issued) if isinstance(issued, IssuedToken) else _refused(issued)


async def read_members(request: Request) -> dict[str, str] | Response | Problem:
    """The members of a form or of a JSON object, by name; what is wrong with the body otherwise."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind:
        return problems.unsupported_media_type(is_missing=True)
    try:
        body = await request.body(largest=_LARGEST_FORM)
    except BodyTooLargeError:
        return problems.TOO_LARGE
    if kind == "application/x-www-form-urlencoded":
        return _parse_form(body)
    if kind == "application/json":
        return _parse_json(body)
    return problems.unsupported_media_type(is_missing=False)


def _parse_form(body: bytes) -> dict[str, str] | Response:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return _error(400, "invalid_request")
    return {name.lower(): value for name, value in pairs}


def _parse_json(body: bytes) -> dict[str, str] | Response:
    try:
        given = msgspec.json.decode(body, type=dict[str, str | int | None])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _error(400, "invalid_request")
    return {name.lower(): str(value) for name, value in given.items() if value is not None}


def _credentials(request: Request, members: dict[str, str]) -> _Credentials | Response:
    """Key and secret from the header or from the body, not from both."""
    header = request.headers.get("authorization", "").strip()
    key, secret = members.get("client_id", ""), members.get("client_secret", "")
    if not header:
        return _Credentials(key, secret) if key and secret else _error(401, "invalid_request")
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return _error(401, "invalid_client")
    if key or secret:
        return _error(400, "invalid_client")
    try:
        plain = b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (Base64Error, ValueError):
        return _error(400, "invalid_request")
    key, colon, secret = plain.partition(":")
    if not colon:
        return _error(400, "invalid_request")
    return _Credentials(key, secret) if key and secret else _error(401, "invalid_request")


def _issued(issued: IssuedToken) -> Response:
    members: dict[str, object] = {
        "access_token": issued.token,
        "expires_in": issued.expires_in,
        "token_type": "bearer",
    }
    if issued.scope is not None:
        members["scope"] = issued.scope
    return json_response(msgspec.json.encode(members), headers=NO_STORE)


def _refused(refusal: TokenRefusal) -> Response | Problem:
    match refusal.fault:
        case TokenFault.INVALID_CLIENT:
            return _error(401, "invalid_client")
        case TokenFault.INVALID_SCOPE:
            return _error(400, "invalid_scope", refusal.words)
        case TokenFault.TOO_MANY_TOKENS:
            return problems.too_many_tokens()
        case TokenFault.LOCKED_OUT:
            return problems.locked_out(refusal.wait_seconds)


def _error(status: int, error: str, words: str = "") -> Response:
    members = {"error": error, "error_description": words} if words else {"error": error}
    return json_response(msgspec.json.encode(members), status=status, headers=NO_STORE)
