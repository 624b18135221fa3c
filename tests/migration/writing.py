"""Clients at work in one district while its shape changes: many tasks that write and read, in one process.

As a program (`python -m tests.migration.writing HOME DISTRICT`) it is a second process: it says `ready` when
it is at work, stops when its input is closed, and then tells what it did in one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.outcomes import Inserted, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.read import PageRequest, read_page, read_records
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.check import parse_document
from homeroom.standard.purposes import Purpose
from homeroom.store.embedded import EmbeddedServer
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Grant
from tests.conftest import settings_for_home

TASKS = 16


@dataclass
class Tally:
    """What the tasks of a process did; times are seconds since the epoch, 0 as long as it did not happen."""

    written: int = 0
    failures: list[str] = field(default_factory=list)
    field_served_at: float = 0.0
    resource_served_at: float = 0.0


def grant(resource: str, action: Action) -> Grant:
    """Leave for the tests' own machine."""
    return Grant(Operator("test"), Purpose.PLATFORM_OPERATION, action, resource, basis="test")


async def write_one(district: District, resource: str, body: dict[str, object]) -> object:
    """One document, parsed as a request's body is."""
    await district.follow()
    kind = district.catalog.kind(resource)
    document = parse_document(kind.document, json.dumps(body).encode())
    if isinstance(document, tuple):
        return document
    leave = WriteLeave(grant(resource, Action.CREATE), grant(resource, Action.UPDATE))
    return (await write_documents(district, resource, drafts=[Draft(document)], leave=leave))[0]


async def keep_writing(district: District, who: str, tally: Tally, stop: asyncio.Event) -> None:
    """Writes and reads students, who have a favourite book from the start, and buses once there are any."""
    number = 0
    while not stop.is_set():
        number += 1
        try:
            await _one_round(district, f"{who}-{number % 20}", number, tally)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall name it
            tally.failures.append(f"{type(error).__name__}: {error}")


async def _one_round(district: District, name: str, number: int, tally: Tally) -> None:
    body: dict[str, object] = {
        "studentUniqueId": name,
        "firstName": f"Ada{number}",
        "lastSurname": "Example",
        "birthDate": "2012-03-04",
        "_ext": {"sample": {"favoriteBook": f"Book {number}", "pets": [{"petName": "Rex"}]}},
    }
    outcome = await write_one(district, "Student", body)
    if not isinstance(outcome, Inserted | Updated | Unchanged):
        tally.failures.append(repr(outcome))
        return
    tally.written += 1
    found = await read_records(district, grant("Student", Action.READ), uuids=[outcome.uuid])
    if '"favoriteBook"' in found[outcome.uuid].body:
        tally.field_served_at = tally.field_served_at or time.time()
    await read_page(district, grant("Student", Action.READ), wanted=PageRequest(limit=5, wants_total=True))
    if "Bus" in district.catalog.model.resources:
        outcome = await write_one(district, "Bus", {"busId": name, "seats": number})
        if not isinstance(outcome, Inserted | Updated | Unchanged):
            tally.failures.append(repr(outcome))
        tally.resource_served_at = tally.resource_served_at or time.time()


async def work(district: District, who: str, tally: Tally, stop: asyncio.Event) -> None:
    """All tasks of one process, until told to stop."""
    await asyncio.gather(*(keep_writing(district, f"{who}{n}", tally, stop) for n in range(TASKS)))


async def _main(home: Path, name: str) -> None:
    server = EmbeddedServer(settings_for_home(home)).start()
    districts = Districts(server, home)
    district, tally, stop = await districts.get(name), Tally(), asyncio.Event()
    task = asyncio.create_task(work(district, "other", tally, stop))
    while not tally.written and not tally.failures:
        await asyncio.sleep(0.01)
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    await asyncio.to_thread(sys.stdin.read)
    stop.set()
    await task
    await districts.close()
    print(json.dumps(asdict(tally)), flush=True)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2]))
