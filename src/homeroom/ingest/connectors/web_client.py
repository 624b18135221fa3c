"""HTTP for sources: listed hosts at the address that was checked, no redirects, bounded answers, patient tries."""

from __future__ import annotations

import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.json_values import Json, JsonReader
from homeroom.ingest.connectors.source import unreachable

MAX_BODY_BYTES: Final = 64 << 20
_TIMEOUT_SECONDS: Final = 60
_TRIES: Final = 5
_MOST_WAIT_SECONDS: Final = 60.0
_BUSY: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class ClientKey:
    """OAuth 2 client credentials, and where a token is had for them."""

    token_url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    scope: str = ""


@dataclass(slots=True)
class WebClient:
    """Asks one API; a token is fetched when it is first needed and when the API no longer takes it."""

    egress: Egress
    wait: Callable[[float], None]
    client_key: ClientKey | None = None
    _token: str = field(default="", init=False, repr=False)

    def get_json(
        self, url: str, parameters: Mapping[str, str] | None = None
    ) -> tuple[Json, Answer] | Finding:
        """The JSON of a URL, its numbers as texts."""
        answer = self.get(f"{url}?{urlencode(parameters)}" if parameters else url)
        if isinstance(answer, Finding):
            return answer
        try:
            return JsonReader().read_at(answer.body.decode().lstrip(), 0)[0], answer
        except (ValueError, RecursionError):
            return unreachable("its answer is no JSON")

    def get(self, url: str) -> Answer | Finding:
        """A successful answer; a Finding for every other, for a redirect too."""
        answer = self._authorized(url)
        if isinstance(answer, Answer) and answer.status == 401 and self.client_key is not None:
            self._token = ""
            answer = self._authorized(url)
        if isinstance(answer, Answer) and answer.status in {401, 403}:
            words = f"The source does not let our key read this (answer {answer.status})."
            return Finding("source.not_allowed", words, remedy="Ask its owner for the right to read it.")
        if isinstance(answer, Answer) and answer.status != 200:
            is_redirect = 300 <= answer.status < 400
            return unreachable(
                "it redirects, which is never followed" if is_redirect else f"it answers {answer.status}"
            )
        return answer

    def post(self, url: str, body: bytes) -> Answer | Finding:
        """The answer to a JSON document that is sent, whatever its status; tried again while the other side is busy."""
        return self._patiently("POST", url, headers={"Content-Type": "application/json"}, body=body)

    def _authorized(self, url: str) -> Answer | Finding:
        if self.client_key is None:
            return self._patiently("GET", url, headers={})
        if not self._token:
            token = self._fetch_token(self.client_key)
            if isinstance(token, Finding):
                return token
            self._token = token
        return self._patiently("GET", url, headers={"Authorization": f"Bearer {self._token}"})

    def _fetch_token(self, client: ClientKey) -> str | Finding:
        pair = f"{quote(client.key, safe='')}:{quote(client.secret, safe='')}"
        form = {"grant_type": "client_credentials", **({"scope": client.scope} if client.scope else {})}
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._patiently("POST", client.token_url, headers=headers, body=urlencode(form).encode())
        if isinstance(answer, Finding):
            return answer
        if answer.status != 200:
            return unreachable(f"it gives no token for the key (answer {answer.status})")
        try:
            token = json.loads(answer.body)["access_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        return (
            token
            if isinstance(token, str) and token.isprintable()
            else unreachable("its token cannot be read")
        )

    def _patiently(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer | Finding:
        """Asks again while the other side is busy or out of reach, waiting longer each time."""
        pause = 1.0
        for _ in range(_TRIES - 1):
            answer = self._ask(method, url, headers=headers, body=body)
            is_lost = isinstance(answer, Finding) and answer.code == "source.unreachable"
            if not is_lost and not (isinstance(answer, Answer) and answer.status in _BUSY):
                return answer
            asked = answer.headers.get("retry-after", "") if isinstance(answer, Answer) else ""
            self.wait(min(float(asked) if asked.isdigit() else pause, _MOST_WAIT_SECONDS))
            pause *= 2
        return self._ask(method, url, headers=headers, body=body)

    def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> Answer | Finding:
        parts = _parts(url, allows_plain=self.egress.allows_plain)
        if isinstance(parts, Finding):
            return parts
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = self.egress.decide(host, port)
        if isinstance(address, Finding):
            return address
        connection = HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        connection.auto_open = 0  # never by name: only the address that was checked
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.sock = _connect(address, port, host=host, is_secure=parts.scheme == "https")
            always = {"Connection": "close", "Accept": "application/json", "User-Agent": "homeroom"}
            connection.request(method, target, body=body, headers={**always, **headers})
            return _answer(connection.getresponse())
        except (OSError, HTTPException) as error:
            return unreachable(f"the connection failed ({type(error).__name__})")
        finally:
            connection.close()


def _parts(url: str, *, allows_plain: bool) -> SplitResult | Finding:
    no_address = Finding(
        "source.settings", "An address of the source is no web address.", remedy="Write https://host/path."
    )
    try:
        parts = urlsplit(url)
        is_sound = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return no_address
    if not is_sound or parts.scheme not in {"https", "http"} or not url.isprintable() or " " in url:
        return no_address
    if parts.scheme == "http" and not allows_plain:
        words = "The source's address is without TLS, which the operator does not allow."
        return Finding(
            "source.host_refused", words, remedy="Write https://, or ask the operator to allow it."
        )
    return parts


def _connect(address: str, port: int, *, host: str, is_secure: bool) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=_TIMEOUT_SECONDS)
    if not is_secure:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _answer(response: HTTPResponse) -> Answer | Finding:
    body = response.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return Finding(
            "source.answer_too_large",
            f"An answer of the source is larger than {MAX_BODY_BYTES >> 20} MB.",
            remedy="Ask for smaller pages (page_size).",
        )
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
