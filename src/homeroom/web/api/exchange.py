"""Requests and responses of the data API as plain values, and the way between them and ASGI."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from homeroom.web.api.addresses import Address
from homeroom.web.options import WebOptions

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON: Final = "application/json; charset=utf-8"
LARGEST_BODY: Final = 10 * 1024 * 1024
_MOST_PARAMETERS: Final = 200
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_CORRELATION: Final = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class BodyTooLargeError(Exception):
    """The body is longer than we read; what was left of it was not read."""


class CutOffError(Exception):
    """The caller went before the whole body was there."""


class UnreadableQueryError(Exception):
    """The query string has more parameters than any request needs."""

    def __init__(self, correlation_id: str) -> None:
        super().__init__("unreadable query string")
        self.correlation_id = correlation_id


@dataclass(slots=True)
class Request:
    """One request.

    headers: by lower-case name. query: pairs in order, names in lower case. root: where the API stands as
    the caller sees it, without a slash at its end; a tenant's prefix is added when it is known.
    correlation_id: the caller's word for this exchange, or one of ours. client_address: the machine that
    called, as far as we know. address: the path, taken apart; None when no service of the API can be meant.
    """

    method: str
    path: str
    address: Address | None
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    root: str
    correlation_id: str
    client_address: str
    receive: Receive = field(repr=False)

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter; None when it is absent."""
        return next((value for key, value in self.query if key == name), None)

    async def body(self, *, largest: int = LARGEST_BODY) -> bytes:
        """The whole body. Raises BodyTooLargeError as soon as it is known to be larger."""
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > largest:
            raise BodyTooLargeError
        parts: list[bytes] = []
        size = 0
        async for part in self.stream():
            size += len(part)
            if size > largest:
                raise BodyTooLargeError
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def stream_whole(self) -> AsyncIterator[bytes]:
        """The body as it comes in. Raises CutOffError where it ends too early."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                raise CutOffError
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes in, as far as it comes."""
        with suppress(CutOffError):
            async for part in self.stream_whole():
                yield part


@dataclass(slots=True)
class Response:
    """One response. A body that is an iterator is sent as it is made."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def json_response(body: bytes, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A response whose body is JSON already."""
    return Response(status, body, [("content-type", JSON), *headers])


def read_request(scope: Scope, receive: Receive, *, address: Address | None, options: WebOptions) -> Request:
    """The request of an ASGI scope. Raises UnreadableQueryError."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = _parse_query(scope.get("query_string", b""))
    return Request(
        scope["method"],
        scope["path"],
        address,
        headers,
        query,
        _root(scope, headers, options),
        _correlation_id(headers, query),
        _client_address(scope, headers, options),
        receive,
    )


async def send_response(response: Response, send: Send) -> None:
    """Hands a response to the server."""
    body = response.body
    headers = [
        (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers
    ]
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for part in body:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _parse_query(raw: bytes) -> tuple[tuple[str, str], ...]:
    if not raw:
        return ()
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise UnreadableQueryError(token_hex(16)) from error
    return tuple((name.lower(), value) for name, value in pairs)


def _root(scope: Scope, headers: Mapping[str, str], options: WebOptions) -> str:
    scheme = str(scope.get("scheme") or "http")
    host = headers.get("host", "")
    if options.trusts_forwarding:
        forwarded = headers.get("x-forwarded-proto", scheme)
        scheme = forwarded if forwarded in {"http", "https"} else scheme
        host = headers.get("x-forwarded-host", host)
    if not _is_host(host):
        # A host that cannot be one never comes back in our links.
        host, port = scope.get("server") or ("localhost", None)
        host = f"{host}:{port}" if port else host
    return f"{scheme}://{host}"


@lru_cache(maxsize=256)
def _is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(text))


def _client_address(scope: Scope, headers: Mapping[str, str], options: WebOptions) -> str:
    if options.trusts_forwarding and "x-forwarded-for" in headers:
        # The last one is what our own proxy saw; those before it are the caller's word.
        return headers["x-forwarded-for"].rpartition(",")[2].strip()
    client = scope.get("client")
    return str(client[0]) if client else ""


def _correlation_id(headers: Mapping[str, str], query: tuple[tuple[str, str], ...]) -> str:
    given = headers.get("correlation-id") or headers.get("correlationid")
    if given is None and query:
        given = next((value for name, value in query if name == "correlationid"), None)
    # Whatever is no plain word could carry a value of a record into the log.
    return given if given and _CORRELATION.fullmatch(given) else token_hex(16)
