"""The log takes known keys with plain values; everything else is refused, so that no person gets into it."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from homeroom.base.clock import FixedClock
from homeroom.base.log import LibraryLogHandler, Log, LogRefusedError

MOMENT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> Log:
    return Log(stream=stream, clock=FixedClock(MOMENT))


def test_line_is_one_json_object(log: Log, stream: io.StringIO) -> None:
    log.info("load.chunk_committed", resource="students", rows=500, seconds=0.25, may_retry=False)
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {
        "at": "2026-11-21T08:30:00.000+00:00",
        "level": "info",
        "event": "load.chunk_committed",
        "resource": "students",
        "rows": 500,
        "seconds": 0.25,
        "may_retry": False,
    }


@pytest.mark.parametrize("write", [Log.info, Log.warning, Log.error])
def test_level_is_the_name_of_the_method(write, log: Log, stream: io.StringIO) -> None:
    write(log, "server.started")
    assert json.loads(stream.getvalue())["level"] == write.__name__


@pytest.mark.parametrize("key", ["student_unique_id", "name", "query", "url", "message", "email", "body"])
def test_unknown_key_is_refused(key: str, log: Log, stream: io.StringIO) -> None:
    with pytest.raises(LogRefusedError, match=key):
        log.info("request.answered", **{key: "x"})
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "value",
    [
        "Zilpha Marsh",
        "zilpha@example.org",
        "/data/v3/ed-fi/students?studentUniqueId=604822",
        "a=b",
        "line\nbreak",
        "x" * 201,
        "Zoë",
        ["a"],
        {"a": 1},
        None,
        b"x",
    ],
)
def test_value_that_is_no_code_or_number_is_refused_unseen(
    value: object, log: Log, stream: io.StringIO
) -> None:
    with pytest.raises(LogRefusedError) as caught:
        log.info("request.answered", route=value)  # type: ignore[arg-type]
    assert stream.getvalue() == ""
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("event", ["Loaded Zilpha", "load failed: x", "", "load..x", "LOAD"])
def test_sentence_is_no_event(event: str, log: Log, stream: io.StringIO) -> None:
    with pytest.raises(LogRefusedError):
        log.info(event)
    assert stream.getvalue() == ""


def test_fault_tells_class_and_place_without_words(log: Log, stream: io.StringIO) -> None:
    try:
        {}["Zilpha"]
    except KeyError as error:
        log.fault("page.failed", error, status=500)
    line = json.loads(stream.getvalue())
    assert line["error_kind"] == "KeyError"
    assert "test_log.test_fault_tells_class_and_place_without_words" in line["error_at"]
    assert line["status"] == 500
    assert "Zilpha" not in stream.getvalue()


def test_library_message_is_passed_on_without_its_words(log: Log, stream: io.StringIO) -> None:
    library = logging.Logger("some.library")  # noqa: LOG001 - one that no other test sees
    library.addHandler(LibraryLogHandler(log))
    library.error("could not store %s", "Zilpha")
    library.info("not even this")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["source"]) == ("library.message", "error", "some.library")
    assert "Zilpha" not in stream.getvalue()
