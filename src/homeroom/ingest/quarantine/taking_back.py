"""Records that came in under the wrong person: taken off them, they wait in the quarantine for the right one."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.ingest.quarantine.identities import Identities
from homeroom.ingest.quarantine.keeping import Failure, Quarantine
from homeroom.records.district import District
from homeroom.records.people.misplaced import Misplaced, TakenOff, take_off

TAKEN_BACK: Final = "identity.taken_back"
_MEMBERS: Final = {"Student": "studentUniqueId", "Staff": "staffUniqueId", "Contact": "contactUniqueId"}


async def take_back(district: District, question: int) -> TakenOff | None:
    """Takes what came in by a match that is called into doubt off the person; all of it, or nothing.

    It waits then until it is decided who it is about. None where there is nothing to take back.
    """
    async with district.database.writing() as connection:
        found = await take_off(district, connection, question)
        if found is None or not found.taken:
            return found
        quarantine = Quarantine(district)
        by_file: defaultdict[tuple[int, str], list[Failure]] = defaultdict(list)
        person = Identities(district).person(found.resource, found.source, found.source_id)
        for record in found.taken:
            by_file[record.batch, record.file].append(_failure(quarantine, found, record, person))
        for (batch, file), failures in by_file.items():
            await quarantine.add(connection, failures, batch=batch, file=file)
    return found


def named(text: bytes, resource: str, *, once: str, now: str) -> bytes:
    """A record's JSON with another unique id of a person in it. once, now: unique ids."""
    member = msgspec.json.encode(_MEMBERS[resource]) + b":"
    return text.replace(member + msgspec.json.encode(once), member + msgspec.json.encode(now))


def nobody_yet(person: str) -> str:
    """The unique id that stands for somebody in records that wait for them. person: as rows wait for them."""
    return "?" + person.rpartition("|")[2]


def _failure(quarantine: Quarantine, found: TakenOff, record: Misplaced, person: str) -> Failure:
    text = named(record.text, found.resource, once=found.unique_id, now=nobody_yet(person))
    finding = Finding(
        TAKEN_BACK,
        "It came in under another person, who it was not about.",
        Place(record.file, record.line),
        "Decide on the page Who is who whom it is about; it then loads by itself.",
    )
    return quarantine.unreadable(
        record.resource,
        line=record.line,
        text=text,
        findings=(finding,),
        is_document=True,
        awaits=(found.resource, found.source, found.source_id),
    )
