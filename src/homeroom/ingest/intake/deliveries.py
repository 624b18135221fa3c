"""Deliveries: files of the inbox become a batch, once, and its work is queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import msgspec

from homeroom.ingest.intake.inbox import InboxFile
from homeroom.records.district import District
from homeroom.store.jobs import add_job
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

BATCH_JOB: Final = "batch"
"""The kind of job that takes a batch through its stages."""
_PARTS: Final = "homeroom.ingest.intake"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a delivery is to be read.

    feed: the row of the feed it belongs to; None for a file by itself. spec: the mapping spec; None when each file is
    to be recognised. parameters: what its parameters are. is_trial: nothing is kept. repeats: load it once more even
    though the same content was loaded. sender: whose own earlier deliveries alone count as the same; None for all.
    """

    feed: int | None = None
    spec: str | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_trial: bool = False
    repeats: bool = False
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The batch of a delivery. is_new: False when the same content had come before, and this is that batch."""

    batch: int
    is_new: bool


async def deliver(
    district: District, files: Sequence[InboxFile], *, reading: Reading, actor: Actor
) -> Delivery:
    """Makes one batch of the files and queues it; the same delivery again is the batch it was."""
    fingerprint = _fingerprint(district, files, reading)
    async with district.database.administering() as connection:
        await connection.fetchval(query(_PARTS, "hold_fingerprint"), fingerprint)
        known = None
        if not (reading.repeats or reading.is_trial):
            known = await connection.fetchval(query(_PARTS, "find_delivery"), fingerprint)
        if known is not None:
            return Delivery(known, is_new=False)
        batch: int = await connection.fetchval(
            query(_PARTS, "add_delivery"),
            actor.label,
            fingerprint,
            reading.is_trial,
            reading.feed,
            reading.spec,
            msgspec.json.encode(dict(reading.parameters)).decode(),
            *_named(files),
        )
        await record_act(connection, actor, act="receive", resource="Batch", records=[batch])
        await add_job(connection, BATCH_JOB, subject=batch)
    return Delivery(batch, is_new=True)


async def files_of(district: District, batch: int) -> list[InboxFile]:
    """The files of a batch that are still in the inbox, as it calls them; to be delivered once more, differently."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "batch_contents"), batch)
    return [InboxFile(file, name, size, mark, is_new=False) for file, name, size, mark in rows]


def _named(files: Sequence[InboxFile]) -> tuple[list[str], list[int]]:
    """Names that are all different, and the files."""
    names: list[str] = []
    for file in files:
        name, repeat = file.name, 1
        while name in names:
            repeat += 1
            name = f"{repeat} {file.name}"
        names.append(name)
    return names, [file.id for file in files]


def _fingerprint(district: District, files: Sequence[InboxFile], reading: Reading) -> bytes:
    contents = sorted((file.name, file.fingerprint) for file in files)
    how = [reading.feed, reading.spec, sorted(reading.parameters.items())]
    if reading.sender is not None:
        how.append(reading.sender)
    text = msgspec.msgpack.encode((contents, how))
    return blake2b(text, digest_size=32, key=district.keys.hashing).digest()
