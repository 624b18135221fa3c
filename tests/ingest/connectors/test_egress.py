"""Nothing is asked of a host that the operator does not list, however it is spelled and wherever it leads."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.web_client import MAX_BODY_BYTES, Answer, WebClient

PUBLIC = "93.184.216.34"
SIS = frozenset({"sis.example.org"})


def _leading_to(*addresses: str) -> Callable[[str, int], tuple[str, ...]]:
    return lambda host, port: addresses


def test_a_listed_host_is_reached_at_the_address_that_was_looked_up() -> None:
    assert Egress(SIS, resolve=_leading_to(PUBLIC)).decide("SIS.example.org.", 443) == PUBLIC


def test_a_listed_port_allows_no_other() -> None:
    egress = Egress(frozenset({"sis.example.org:8443"}), resolve=_leading_to(PUBLIC))
    assert egress.decide("sis.example.org", 8443) == PUBLIC
    assert isinstance(egress.decide("sis.example.org", 443), Finding)


@pytest.mark.parametrize(
    "host", ["other.example.org", "sis.example.org.evil.org", "xsis.example.org", "", "localhost"]
)
def test_a_host_that_is_not_listed_is_refused(host: str) -> None:
    decided = Egress(SIS, resolve=_leading_to(PUBLIC)).decide(host, 443)
    assert isinstance(decided, Finding)
    assert decided.code == "source.host_refused"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "ff02::1", "not an address",
    ],
)  # fmt: skip
def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    assert isinstance(Egress(SIS, resolve=_leading_to(address)).decide("sis.example.org", 443), Finding)


def test_one_inner_address_among_public_ones_refuses_the_name() -> None:
    egress = Egress(SIS, resolve=_leading_to(PUBLIC, "10.0.0.1"))
    assert isinstance(egress.decide("sis.example.org", 443), Finding)


def test_private_addresses_may_be_allowed_but_never_link_local_ones() -> None:
    assert (
        Egress(SIS, allows_private=True, resolve=_leading_to("10.0.0.1")).decide("sis.example.org", 443)
        == "10.0.0.1"
    )
    metadata = Egress(SIS, allows_private=True, resolve=_leading_to("169.254.169.254"))
    assert isinstance(metadata.decide("sis.example.org", 80), Finding)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]", "::ffff:7f00:1"]
)
def test_no_spelling_of_this_machine_gets_through_even_when_it_is_listed(host: str) -> None:
    assert isinstance(Egress(frozenset({host})).decide(host.strip("[]"), 80), Finding)


class _Server(BaseHTTPRequestHandler):
    """Answers by path; counts who asks."""

    asked: list[str] = []
    elsewhere = ""

    def do_GET(self) -> None:
        self.asked.append(f"{self.headers['Host']}{self.path}")
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
            return
        if self.path in {"/forbidden", "/endless"}:
            self.send_response(403 if self.path == "/forbidden" else 200)
            self.end_headers()
            if self.path == "/endless":
                with suppress(OSError):
                    for _ in range((MAX_BODY_BYTES >> 20) + 2):
                        self.wfile.write(b" " * (1 << 20))
            return
        is_busy = self.path == "/busy" and sum(1 for each in self.asked if each.endswith("/busy")) < 3
        self.send_response(503 if is_busy else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture
def web_server() -> Iterator[str]:
    _Server.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _client(hosts: str = "127.0.0.1", waits: list[float] | None = None, **allowed: bool) -> WebClient:
    pauses: list[float] = [] if waits is None else waits
    allows = {"allows_private": True, "allows_plain": True, **allowed}
    return WebClient(Egress(frozenset({hosts}), **allows), pauses.append)


def test_a_redirect_is_never_followed(web_server: str) -> None:
    _Server.elsewhere = f"{web_server}/secret"
    answer = _client().get(f"{web_server}/redirect")
    assert isinstance(answer, Finding)
    assert len(_Server.asked) == 1


def test_a_name_is_looked_up_once_for_each_question_and_not_again_to_connect(web_server: str) -> None:
    port = int(web_server.rpartition(":")[2])
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> tuple[str, ...]:
        looked_up.append(host)
        return ("127.0.0.1",) if len(looked_up) == 1 else ("169.254.169.254",)

    egress = Egress(SIS, allows_private=True, allows_plain=True, resolve=rebinding)
    answer = WebClient(egress, lambda _: None).get(f"http://sis.example.org:{port}/")
    assert isinstance(answer, Answer)
    assert looked_up == ["sis.example.org"]
    assert _Server.asked == [f"sis.example.org:{port}/"]


def test_a_busy_server_is_asked_again_after_waiting_longer_each_time(web_server: str) -> None:
    waits: list[float] = []
    assert isinstance(_client(waits=waits).get(f"{web_server}/busy"), Answer)
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/", "file:///etc/passwd", "http://user:word@127.0.0.1/", "http:///x", "//127.0.0.1/",
        "127.0.0.1", "http://127.0.0.1 .example.org/",
        "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nHost: x",
        "gopher://127.0.0.1:70/", "http://evil.example.org\\@127.0.0.1/", "http://[::1", "",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    answer = _client().get(url)
    assert isinstance(answer, Finding)
    assert answer.code in {"source.settings", "source.host_refused"}


def test_plain_http_needs_the_operators_word(web_server: str) -> None:
    answer = _client(allows_plain=False).get(web_server)
    assert isinstance(answer, Finding)
    assert answer.code == "source.host_refused"
    assert _Server.asked == []


def test_a_host_that_does_not_answer_is_a_finding() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = _client().get(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert isinstance(answer, Finding)
    assert answer.code == "source.unreachable"


def test_what_our_key_may_not_read_is_told_apart(web_server: str) -> None:
    answer = _client().get(f"{web_server}/forbidden")
    assert isinstance(answer, Finding)
    assert answer.code == "source.not_allowed"


def test_an_endless_answer_is_given_up(web_server: str) -> None:
    answer = _client().get(f"{web_server}/endless")
    assert isinstance(answer, Finding)
    assert answer.code == "source.answer_too_large"
