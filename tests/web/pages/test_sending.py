"""Files that people send: the same content is one batch, and what is cut off is nothing."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.web.pages.conftest import SignIn
from tests.web.pages.town import PagesServer, Town, Visitor

PEOPLE = 4


def send(visitor: Visitor, content: bytes, together: Barrier) -> str:
    """Where one is led after sending a file; everybody begins at once."""
    secret = visitor.csrf
    together.wait(60)
    response = visitor.post("/files", data={"csrf": secret}, files={"files": ("bus.csv", content)})
    assert response.status_code == 303, response.text
    return response.headers["location"]


@pytest.mark.parametrize("megabytes", [0, 5])
def test_people_who_send_the_same_file_at_once_make_one_batch(
    town: Town, sign_in: SignIn, megabytes: int
) -> None:
    content = f"stop,line\n{megabytes},7\n".encode() + b"x,y\n" * (megabytes << 18)
    files, batches = (town.fetch(f"select count(*) from ingest.{t}")[0][0] for t in ("file", "batch"))
    together = Barrier(PEOPLE)
    visitors = [sign_in("data_manager") for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        led = list(pool.map(lambda visitor: send(visitor, content, together), visitors))
    assert len({address.partition("?")[0] for address in led}) == 1
    assert sum("again=1" in address for address in led) == PEOPLE - 1
    assert town.fetch("select count(*) from ingest.file")[0][0] == files + 1
    assert town.fetch("select count(*) from ingest.batch")[0][0] == batches + 1


def test_an_upload_that_is_cut_off_leaves_nothing(town: Town, pages: PagesServer, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    body = f"--b\r\n{part.format('csrf')}{manager.csrf}\r\n--b\r\n".encode()
    body += b'Content-Disposition: form-data; name="files"; filename="bus.csv"\r\n\r\nstop,line\n'
    cookies = "; ".join(f"{name}={value}" for name, value in manager.cookies.items())
    head = (
        f"POST /files HTTP/1.1\r\nHost: 127.0.0.1:{pages.port}\r\nOrigin: {pages.root}\r\nCookie: {cookies}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 50000000\r\n\r\n"
    )
    files = town.fetch("select count(*) from ingest.file")[0][0]
    with socket.create_connection(("127.0.0.1", pages.port)) as sending:
        sending.sendall(head.encode() + body + b"1,2\n" * 500_000)
    assert manager.get("/files").status_code == 200
    assert town.fetch("select count(*) from ingest.file")[0][0] == files
