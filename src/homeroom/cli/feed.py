"""`homeroom feed`: files of one kind that come again and again."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

import msgspec

from homeroom.base.clock import SystemClock
from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding
from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.cli.load import add_set_argument, parameters_of
from homeroom.cli.post import parse_post
from homeroom.ingest.feeds.feed import (
    Feed,
    FeedPlan,
    Notify,
    feed_reading,
    find_feed,
    list_feeds,
    pause_feed,
    resume_feed,
    save_feed,
)
from homeroom.ingest.feeds.fetching import Place, visit_feed
from homeroom.ingest.intake.deliveries import Delivery, deliver
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.loading.batches import read_batch, run_batch
from homeroom.ingest.loading.load import LoadOptions
from homeroom.ingest.loading.report import render_text
from homeroom.ingest.loading.snapshot import Snapshot
from homeroom.ingest.quality.bands import Bands
from homeroom.records.district import District

EXAMPLES = """examples:
  homeroom feed create --district willow-creek sis-students --spec our_students --set school_year=2026
  homeroom feed create --district willow-creek enrollments --spec our_enrollments \\
      --snapshot studentSchoolAssociations --scope schoolId --webhook https://desk.example.org/homeroom
  homeroom feed create --district willow-creek marks --connector folder --source path=/srv/marks \\
      --schedule "every 15 minutes"
  homeroom feed run --district willow-creek sis-students students.csv
  homeroom feed run --district willow-creek marks
  homeroom feed list --district willow-creek
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    create = acts.add_in_district("create", _create, "make or change a feed")
    create.add_argument("name", metavar="FEED")
    create.add_argument("--spec", metavar="NAME", help="the mapping spec; without it each file is recognised")
    add_set_argument(create)
    create.add_argument(
        "--connector", metavar="KIND", help="where files are fetched from: folder, sftp, sql …"
    )
    create.add_argument("--source", action="append", default=[], metavar="NAME=VALUE", help="its settings")
    create.add_argument("--schedule", metavar="TEXT", help="such as 'every 15 minutes' or 'daily at 02:30'")
    create.add_argument(
        "--snapshot", action="append", default=[], metavar="RESOURCE", help="what files hold whole"
    )
    create.add_argument(
        "--scope", action="append", default=[], metavar="MEMBER", help="within which, such as schoolId"
    )
    create.add_argument("--bands", metavar="JSON", help="when to ask, such as '{\"rows_down\": 0.2}'")
    create.add_argument("--webhook", metavar="URL", help="told when a batch fails or asks")
    create.add_argument("--mail", metavar="ADDRESS", help="told when a batch fails or asks")
    acts.add_in_district("list", _list, "show every feed")
    run_one = acts.add_in_district("run", _run, "load files, or visit a feed's source now")
    run_one.add_argument("name", metavar="FEED")
    run_one.add_argument("paths", nargs="*", type=Path, metavar="FILE")
    run_one.add_argument("--check", action="store_true", help="do all but keep the outcome")
    for name, act, summary in (
        ("pause", _pause, "fetch nothing for a feed"),
        ("resume", _resume, "fetch for a feed again"),
    ):
        acts.add_in_district(name, act, summary).add_argument("name", metavar="FEED")


run = run_act


async def _create(options: Namespace, settings: Settings) -> int:
    pairs = [given.partition("=") for given in options.source]
    try:
        bands = msgspec.convert(json.loads(options.bands or "{}"), type=Bands)
    except (ValueError, msgspec.ValidationError) as error:
        raise SettingsError(f"--bands cannot be read: {error}") from error
    plan = FeedPlan(
        options.name,
        options.spec,
        parameters_of(options),
        options.connector,
        {name: value for name, _, value in pairs},
        options.schedule,
        Snapshot(tuple(options.snapshot), tuple(options.scope)) if options.snapshot else None,
        bands,
        Notify(options.webhook, options.mail),
    )
    async with open_district(settings, options.district) as district:
        await save_feed(district, plan, actor=OPERATOR, clock=SystemClock())
    print(f"The feed {options.name} is kept.")
    return 0


async def _list(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        for feed in await list_feeds(district):
            where = f"  {feed.connector} {feed.schedule or 'when asked'}" if feed.connector else ""
            print(f"{feed.name}  {feed.spec or 'recognised'}{where}{'  paused' if feed.is_paused else ''}")
    return 0


async def _run(options: Namespace, settings: Settings) -> int:
    spool = settings.home / "spool"
    async with open_district(settings, options.district) as district:
        feed = await find_feed(district, options.name)
        delivery = await _delivered(district, feed, options, spool_folder=spool)
        if delivery is None:
            print("Nothing new.")
            return 0
        report = await run_batch(district, delivery.batch, options=LoadOptions(spool))
        state = await read_batch(district, delivery.batch)
    if report is None:
        known = "" if delivery.is_new else " has this content already and"
        print(f"Batch {state.id}{known} is {state.state}; `homeroom batch show` prints its report.")
        return 0
    print(render_text(report), end="")
    return 1 if report.failed or report.findings or report.asks else 0


async def _delivered(
    district: District, feed: Feed, options: Namespace, *, spool_folder: Path
) -> Delivery | None:
    if not options.paths:
        place = Place(spool_folder, parse_post(os.environ).egress, SystemClock())
        return await visit_feed(district, feed.id, place)
    inbox = Inbox(district, spool_folder=spool_folder)
    files: list[InboxFile] = []
    for path in options.paths:
        received = await inbox.receive_path(path, actor=OPERATOR)
        if isinstance(received, Finding):
            raise SettingsError(f"{received.place.file}: {received.words} {received.remedy}")
        files.append(received)
    return await deliver(district, files, reading=feed_reading(feed, is_trial=options.check), actor=OPERATOR)


async def _pause(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        await pause_feed(district, options.name, actor=OPERATOR)
    print(f"{options.name} is paused.")
    return 0


async def _resume(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        await resume_feed(district, options.name, actor=OPERATOR)
    print(f"{options.name} goes on.")
    return 0
