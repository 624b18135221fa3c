"""Feeds: files of one kind that come again and again, how they are read, and when they are fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from homeroom.base.clock import Clock
from homeroom.base.errors import SettingsError
from homeroom.ingest.feeds.schedules import FORMS, is_schedule, next_visit
from homeroom.ingest.intake.deliveries import Reading
from homeroom.ingest.loading.snapshot import Snapshot, parse_snapshot, resource_names, scope_columns
from homeroom.ingest.quality.bands import Bands, parse_bands
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.jobs import add_job
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

FEED_JOB: Final = "feed"
"""The kind of job that visits a feed's source."""
_PARTS: Final = "homeroom.ingest.feeds"
_ZONE: Final = "time_zone"


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told when a batch of a feed fails or asks: a webhook's address, an address for mail."""

    webhook: str | None = None
    mail: str | None = None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What a feed shall be.

    spec: the mapping spec; None when each file is recognised. connector: where files are fetched from; None when they
    are uploaded. connector_settings: None to leave them as they are. schedule: as in `schedules.FORMS`; None to fetch
    when asked. snapshot: None when files add and change only.
    """

    name: str
    spec: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    connector: str | None = None
    connector_settings: Mapping[str, str] | None = field(default_factory=dict, repr=False)
    schedule: str | None = None
    snapshot: Snapshot | None = None
    bands: Bands = field(default_factory=Bands)
    notify: Notify = field(default_factory=Notify)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it stands; its connector's settings stay sealed."""

    id: int
    name: str
    spec: str | None
    parameters: Mapping[str, str]
    connector: str | None
    schedule: str | None
    snapshot: Snapshot | None
    bands: Bands
    notify: Notify
    owner: str
    is_paused: bool
    last_run_at: datetime | None
    next_run_at: datetime | None


async def list_feeds(district: District) -> list[Feed]:
    """Every feed, by name."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "read_feeds"), None, None)
    return [_feed(row) for row in rows]


async def find_feed(district: District, name: str) -> Feed:
    """The feed of that name. Raises SettingsError when there is none."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "read_feeds"), name, None)
    if not rows:
        raise SettingsError(f"There is no feed {name!r}; `homeroom feed list` shows them.")
    return _feed(rows[0])


async def read_feed(district: District, number: int) -> Feed:
    """The feed of that number. Raises LookupError when there is none."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "read_feeds"), None, number)
    if not rows:
        raise LookupError(number)
    return _feed(rows[0])


def feed_reading(feed: Feed, *, is_trial: bool = False, repeats: bool = False) -> Reading:
    """How files of a feed are read."""
    return Reading(feed.id, feed.spec, feed.parameters, is_trial=is_trial, repeats=repeats)


async def save_feed(district: District, plan: FeedPlan, *, actor: Actor, clock: Clock) -> int:
    """Makes a feed, or changes the one of that name. Raises SettingsError saying what cannot be."""
    _check(district, plan)
    async with district.database.administering() as connection:
        next_run_at = await _next(connection, plan.schedule, now=clock.now())
        number: int = await connection.fetchval(
            query(_PARTS, "save_feed"),
            plan.name,
            plan.spec,
            _json(dict(plan.parameters)),
            plan.connector,
            _seal_settings(district, plan),
            plan.schedule,
            _json(asdict(plan.snapshot)) if plan.snapshot else None,
            _json(asdict(plan.bands)),
            _json(asdict(plan.notify)),
            actor.label,
            next_run_at,
        )
        await record_act(connection, actor, act="save", resource="Feed", records=[number])
    return number


async def pause_feed(district: District, name: str, *, actor: Actor) -> None:
    """Fetches nothing for a feed until it goes on. Raises SettingsError when there is none of that name."""
    await _set_paused(district, name, is_paused=True, actor=actor)


async def resume_feed(district: District, name: str, *, actor: Actor) -> None:
    """Fetches for a feed again. Raises SettingsError when there is none of that name."""
    await _set_paused(district, name, is_paused=False, actor=actor)


async def _set_paused(district: District, name: str, *, is_paused: bool, actor: Actor) -> None:
    feed = await find_feed(district, name)
    async with district.database.administering() as connection:
        await connection.execute(query(_PARTS, "pause_feed"), feed.id, is_paused)
        act = "pause" if is_paused else "resume"
        await record_act(connection, actor, act=act, resource="Feed", records=[feed.id])


async def queue_due_feeds(district: District, *, clock: Clock) -> None:
    """Queues a visit of each feed that is due, and sets the one after."""
    now = clock.now()
    async with district.database.administering() as connection:
        rows = await connection.fetch(query(_PARTS, "due_feeds"), now)
        for number, schedule in rows:
            await add_job(connection, FEED_JOB, subject=number)
            await connection.execute(
                query(_PARTS, "set_next_run"), number, await _next(connection, schedule, now=now)
            )


async def queue_visit(district: District, feed: Feed, *, actor: Actor) -> None:
    """Queues a visit of a feed's source now."""
    async with district.database.administering() as connection:
        await add_job(connection, FEED_JOB, subject=feed.id)
        await record_act(connection, actor, act="visit", resource="Feed", records=[feed.id])


async def _next(connection: Connection, schedule: str | None, *, now: datetime) -> datetime | None:
    if schedule is None:
        return None
    zone = await connection.fetchval(query("homeroom.trust", "read_setting"), _ZONE)
    return next_visit(schedule, now=now, zone=zone or "UTC")


def seal_bookmark(district: District, name: str, bookmark: str) -> bytes:
    """Where a feed's next visit begins, sealed."""
    return district.keys.seal(bookmark.encode(), place=_place(name, "bookmark"))


def open_bookmark(district: District, name: str, sealed: bytes | None) -> str | None:
    """Where a feed's next visit begins; None for the first."""
    return None if sealed is None else district.keys.unseal(sealed, place=_place(name, "bookmark")).decode()


def open_settings(district: District, name: str, sealed: bytes | None) -> dict[str, str]:
    """A connector's settings."""
    if sealed is None:
        return {}
    return msgspec.json.decode(
        district.keys.unseal(sealed, place=_place(name, "settings")), type=dict[str, str]
    )


def _seal_settings(district: District, plan: FeedPlan) -> bytes | None:
    if plan.connector is None or plan.connector_settings is None:
        return None
    settings = msgspec.json.encode(dict(plan.connector_settings))
    return district.keys.seal(settings, place=_place(plan.name, "settings"))


def _check(district: District, plan: FeedPlan) -> None:
    if not plan.name.strip() or len(plan.name) > 80:
        raise SettingsError("A feed needs a name of at most 80 characters.")
    if plan.schedule is not None and not is_schedule(plan.schedule):
        raise SettingsError(f"The schedule {plan.schedule!r} cannot be read; write {FORMS}.")
    if plan.schedule is not None and plan.connector is None:
        raise SettingsError("A feed with a schedule needs a connector that fetches its files.")
    if plan.snapshot is not None:
        _check_snapshot(district, plan.snapshot)


def _check_snapshot(district: District, snapshot: Snapshot) -> None:
    names = resource_names(district.catalog.model, snapshot.resources)
    if len(names) != len(snapshot.resources) or not names:
        raise SettingsError(
            "A snapshot names resources of the district's standard, such as studentSchoolAssociations."
        )
    for name in names:
        table = district.catalog.tables[name]
        if scope_columns(table, snapshot.by) is None:
            known = ", ".join(table.key)
            raise SettingsError(f"The scope of {name} can be of the members of its key: {known}.")


def _feed(row: Any) -> Feed:
    return Feed(
        **{
            **row,
            "parameters": msgspec.json.decode(row["parameters"], type=dict[str, str]),
            "snapshot": parse_snapshot(row["snapshot"]),
            "bands": parse_bands(row["bands"]),
            "notify": msgspec.json.decode(row["notify"], type=Notify),
        }
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _place(name: str, what: str) -> bytes:
    return f"feed:{name}:{what}".encode()
