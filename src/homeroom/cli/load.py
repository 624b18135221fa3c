"""`homeroom load`: files into a district."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.installation import open_district, run_async
from homeroom.cli.progress import ProgressLine
from homeroom.ingest.replay import ReplayReport, replay_quarantine
from homeroom.ingest.report import LoadReport, render_json, render_text
from homeroom.ingest.run import LoadOptions, Progress, load_paths, unfinished_paths
from homeroom.records.district import District
from homeroom.records.undo import UndoReport, undo_batch

EXAMPLES = """\
Reads folders, files and zip archives of Ed-Fi XML, JSON Lines (a file per resource, named after it) and
inBloom packages. Rows that cannot be stored are kept, sealed, with the reason; all others are stored.
The exit status is 0, and 1 when a row or file could not be read or stored.

examples:
  homeroom load --district willow-creek /data/from-sis
  homeroom load --district willow-creek --check /data/from-sis.zip
  homeroom load --district willow-creek --resume
  homeroom load --district willow-creek --replay
  homeroom load --district willow-creek --undo 17
"""

_SWITCH_SECONDS: Final = 0.0005


def add_arguments(parser: ArgumentParser) -> None:
    """What to load, and how."""
    parser.add_argument("--district", required=True, metavar="NAME")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folder, file or zip archive")
    parser.add_argument("--check", action="store_true", help="do all but keep the outcome")
    parser.add_argument("--full", action="store_true", help="write rows also where nothing has changed")
    parser.add_argument("--resume", action="store_true", help="go on with the load that was broken off last")
    parser.add_argument("--replay", action="store_true", help="try the rows again that could not be stored")
    parser.add_argument(
        "--undo", type=int, metavar="BATCH", help="take a load back, by the number it printed"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(options: Namespace, settings: Settings) -> int:
    """Loads, and prints the report."""
    if bool(options.paths) + options.resume + options.replay + (options.undo is not None) != 1:
        raise SettingsError("Name the paths to load, or --resume, or --replay, or --undo: one of the four.")
    if options.undo is not None:
        return run_async(_undo(options, settings))
    return run_async(_replay(options, settings) if options.replay else _load(options, settings))


async def _load(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        paths = await unfinished_paths(district) if options.resume else options.paths
        if not paths:
            raise SettingsError("No load was broken off.")
        report = await load_shown(
            district,
            paths,
            options=LoadOptions(
                spool_folder=settings.home / "spool",
                is_trial=options.check,
                rewrites_unchanged=options.full,
            ),
        )
    print(render_json(report) if options.json else render_text(report), end="")
    return 1 if report.failed or report.findings else 0


async def load_shown(district: District, paths: list[Path], *, options: LoadOptions) -> LoadReport:
    """Loads with a line of progress."""
    # The thread that prepares the next chunk would keep each answer of the database waiting for 5 ms.
    sys.setswitchinterval(_SWITCH_SECONDS)
    line = ProgressLine()

    def show(progress: Progress) -> None:
        what = progress.resource or "reading"
        line.show(f"{what}: {progress.rows:,} rows, {progress.rows_per_second:,.0f} rows/s")

    try:
        return await load_paths(district, paths, options=options, progress=show)
    finally:
        line.clear()


async def _undo(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        report = await undo_batch(district, options.undo)
    if options.json:
        print(msgspec.json.encode(report).decode())
    else:
        _print_undo(report)
    return 1 if report.left_rows else 0


def _print_undo(report: UndoReport) -> None:
    print(
        f"Load {report.undoes} is taken back (batch {report.batch}): {report.removed.total():,} records"
        f" removed, {report.restored.total():,} as before, {report.left_rows.total():,} left to look at."
    )
    for left in report.left:
        print(f"  {left.resource} {left.uuid.hex}: {left.reason.value}")


async def _replay(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        report = await replay_quarantine(district)
    _print_replay(report, as_json=options.json)
    return 1 if report.waiting else 0


def _print_replay(report: ReplayReport, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"stored": report.stored, "waiting": report.waiting}))
        return
    print(f"{report.stored.total():,} rows went in, {report.waiting.total():,} wait on.")
    for resource, rows in sorted(report.waiting.items()):
        print(f"  {resource}: {rows:,} wait", file=sys.stderr)
