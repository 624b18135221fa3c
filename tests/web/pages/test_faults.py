"""When something of ours or the world breaks: a page for the reader, a line without values for us."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from homeroom.base.clock import SystemClock
from homeroom.base.errors import StorageError
from homeroom.base.log import Log
from homeroom.web.middleware import Surroundings
from homeroom.web.options import WebOptions
from homeroom.web.pages import pages_application


class Broken:
    """Districts that cannot be reached, or that fail with words that quote a person."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def entries(self) -> list[Any]:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "status", "heading"),
    [
        (StorageError("at 10.0.0.7"), 503, "The records are out of reach"),
        (ValueError("Paige Thackeray"), 500, "Something went wrong"),
    ],
)
async def test_a_fault_is_a_page_and_a_line(
    fault: Exception, status: int, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    revived = []

    async def revive() -> None:
        revived.append(1)

    clock = SystemClock()
    surroundings = Surroundings(WebOptions(), Log(sys.stderr, clock), revive)
    districts: Any = Broken(fault)
    application = pages_application(districts, surroundings, clock=clock)
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://pages.example") as client:
        response = await client.get("/sign-in")
    assert response.status_code == status
    assert heading in response.text
    assert "content-security-policy" in response.headers
    said = capsys.readouterr().err
    assert type(fault).__name__ in said
    assert str(fault) not in said + response.text
    assert bool(revived) is (status == 503)


@pytest.mark.parametrize(("trusts", "is_secure"), [(True, True), (False, False)])
async def test_only_a_proxy_of_ours_is_believed(trusts: bool, is_secure: bool) -> None:
    import sys

    class Empty:
        async def entries(self) -> list[Any]:
            return []

    clock = SystemClock()
    surroundings = Surroundings(WebOptions(trusts_forwarding=trusts), Log(sys.stderr, clock))
    districts: Any = Empty()
    transport = httpx.ASGITransport(app=pages_application(districts, surroundings, clock=clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages.example") as client:
        response = await client.get("/sign-in", headers={"x-forwarded-proto": "https"})
    assert ("; Secure" in response.headers["set-cookie"]) is is_secure
    assert "There is no district yet." in response.text
