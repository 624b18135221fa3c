"""`homeroom batch`: what was loaded, what waits for an answer, and what is taken back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.cli.load import print_undo
from homeroom.ingest.loading.batches import BatchLine, approve_batch, cancel_batch, list_batches, read_batch
from homeroom.ingest.loading.report import render_json, render_text
from homeroom.records.undo import undo_batch

EXAMPLES = """examples:
  homeroom batch list --district willow-creek
  homeroom batch show --district willow-creek 17
  homeroom batch approve --district willow-creek 17
  homeroom batch cancel --district willow-creek 17
  homeroom batch undo --district willow-creek 17
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    listed = acts.add_in_district("list", _list, "show the newest batches")
    listed.add_argument("--most", type=int, default=20, metavar="NUMBER", help="how many (20)")
    for name, act, summary in (
        ("show", _show, "print a batch's report"),
        ("approve", _approve, "say yes to what it asks; it goes on"),
        ("cancel", _cancel, "end one that waits"),
        ("undo", _undo, "take back what it stored"),
    ):
        one = acts.add_in_district(name, act, summary)
        one.add_argument("batch", type=int, metavar="BATCH", help="its number")
        one.add_argument("--json", action="store_true", help="print JSON")


run = run_act


async def _list(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        for line in await list_batches(district, most=options.most):
            print(_told(line))
    return 0


def _told(line: BatchLine) -> str:
    what = f"undo of {line.undoes}" if line.undoes else ", ".join(line.files)
    counts = f"{line.report.stored:,} stored, {line.report.failed:,} failed" if line.report else ""
    trial = " (trial)" if line.is_trial else ""
    feed = f" {line.feed_name}:" if line.feed_name else ""
    return f"{line.id:>6}  {line.started_at:%Y-%m-%d %H:%M}  {line.state:9}{trial}{feed} {what}  {counts}".rstrip()


async def _show(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        state = await read_batch(district, options.batch)
    if state.report is None:
        print(f"Batch {state.id} is {state.state}, in the stage {state.stage or 'before the first'}.")
        return 0
    print(render_json(state.report) if options.json else render_text(state.report), end="")
    return 0


async def _approve(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        await approve_batch(district, options.batch, actor=OPERATOR)
    print(
        f"Batch {options.batch} goes on as soon as a job worker is free (`homeroom serve` or `homeroom work`)."
    )
    return 0


async def _cancel(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        await cancel_batch(district, options.batch, actor=OPERATOR)
    print(f"Batch {options.batch} is cancelled.")
    return 0


async def _undo(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        report = await undo_batch(district, options.batch)
    print_undo(report, as_json=options.json)
    return 1 if report.left_rows else 0
