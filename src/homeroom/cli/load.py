"""`homeroom load`: files into a district."""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.clock import SystemClock
from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.acts import add_district
from homeroom.cli.installation import open_district, run_async
from homeroom.cli.progress import ProgressLine
from homeroom.cli.spec import SPEC_SUFFIXES, read_spec_file
from homeroom.ingest.loading.report import LoadReport, render_json, render_text
from homeroom.ingest.loading.run import (
    ConfirmPurge,
    LoadOptions,
    Progress,
    load_paths,
    unfinished_parameters,
    unfinished_paths,
)
from homeroom.ingest.quarantine.replay import ReplayReport, replay_quarantine
from homeroom.ingest.reading.plan import Recogniser
from homeroom.ingest.specs.recognition import SpecRecogniser, recogniser_for
from homeroom.ingest.specs.shelf import SpecText
from homeroom.records.district import District
from homeroom.records.undo import UndoReport, undo_batch

EXAMPLES = """\
Reads folders, files and zip archives of Ed-Fi XML, JSON Lines (a file per resource, named after it) and
inBloom packages, and what a mapping spec reads: CSV, Excel and others, by the spec that knows their columns.
Rows that cannot be stored are kept, sealed, with the reason; all others are stored.
The exit status is 0, and 1 when a row or file could not be read or stored.

examples:
  homeroom load --district willow-creek /data/from-sis
  homeroom load --district willow-creek --check /data/from-sis.zip
  homeroom load --district willow-creek marks.csv --spec our_marks --set school_year=2026
  homeroom load --district willow-creek --resume
  homeroom load --district willow-creek --replay
  homeroom load --district willow-creek --undo 17
"""

_OBJECTS_BETWEEN_LOOKS: Final = 200_000


def add_arguments(parser: ArgumentParser) -> None:
    """What to load, and how."""
    add_district(parser)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folder, file or zip archive")
    parser.add_argument("--check", action="store_true", help="do all but keep the outcome")
    parser.add_argument("--spec", metavar="NAME|FILE", help="the mapping spec that reads the files")
    add_set_argument(parser)
    parser.add_argument(
        "--allow-purge", action="store_true", help="let packages remove what earlier loads brought"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before such a removal")
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
            recogniser=await _recogniser(district, options),
            confirm_purge=partial(_confirm_purge, options) if options.allow_purge else None,
        )
    print(render_json(report) if options.json else render_text(report), end="")
    return 1 if report.failed or report.findings else 0


def add_set_argument(parser: ArgumentParser) -> None:
    """What a spec's parameters are."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the spec; may be repeated",
    )


def parameters_of(options: Namespace) -> dict[str, str]:
    """What was given with --set. Raises SettingsError for what is no NAME=VALUE."""
    pairs = [given.partition("=") for given in options.set]
    if any(not (name and sign) for name, sign, _ in pairs):
        raise SettingsError("Write --set NAME=VALUE, such as --set school_year=2026.")
    return {name: value for name, _, value in pairs}


async def _recogniser(district: District, options: Namespace) -> SpecRecogniser:
    """What finds the spec of a file; for a load that was broken off, as it was asked for then."""
    spec: str | SpecText | None = options.spec
    if options.spec and options.spec.endswith(SPEC_SUFFIXES):
        spec = read_spec_file(Path(options.spec))
    parameters, day = parameters_of(options), SystemClock().now().date()
    if options.resume:
        parameters, day = await unfinished_parameters(district)
    return await recogniser_for(district, spec=spec, parameters=parameters, loads_on=day)


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Rows come and go by the million and hold no circles: what stands is not looked at, the rest rarely."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


async def load_shown(
    district: District,
    paths: list[Path],
    *,
    options: LoadOptions,
    recogniser: Recogniser | None = None,
    confirm_purge: ConfirmPurge | None = None,
) -> LoadReport:
    """Loads with a line of progress."""
    line = ProgressLine()

    def show(progress: Progress) -> None:
        what = progress.resource or "reading"
        line.show(f"{what}: {progress.rows:,} rows, {progress.rows_per_second:,.0f} rows/s")

    try:
        with _rare_collection():
            return await load_paths(
                district,
                paths,
                options=options,
                progress=show,
                recogniser=recogniser,
                confirm_purge=confirm_purge,
            )
    finally:
        line.clear()


def _confirm_purge(options: Namespace, counts: Mapping[str, int]) -> None:
    """Shows what goes; raises SettingsError unless somebody says that it shall."""
    print("The package asks to remove what earlier loads brought:", file=sys.stderr)
    for resource, records in counts.items():
        print(f"{records:>12,}  {resource}", file=sys.stderr)
    if options.yes or options.check:
        return
    if not sys.stdin.isatty():
        raise SettingsError(
            "Nothing was changed. Add --yes to remove these records; `--undo` brings them back."
        )
    if input("Type yes to remove them: ").strip() != "yes":
        raise SettingsError("Nothing was changed.")


async def _undo(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        report = await undo_batch(district, options.undo)
    print_undo(report, as_json=options.json)
    return 1 if report.left_rows else 0


def print_undo(report: UndoReport, *, as_json: bool) -> None:
    """What taking a load back came to."""
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
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
