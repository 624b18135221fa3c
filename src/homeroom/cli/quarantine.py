"""`homeroom quarantine`: rows that could not be stored, and what becomes of them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.cli.load import add_set_argument, parameters_of
from homeroom.ingest.quarantine.remapping import Replayed, replay_batch, replay_waiting
from homeroom.ingest.quarantine.waiting_rows import (
    Wanted,
    count_waiting,
    dismiss_waiting,
    list_waiting,
    open_waiting,
)

EXAMPLES = """examples:
  homeroom quarantine list --district willow-creek --batch 17
  homeroom quarantine show --district willow-creek 204
  homeroom quarantine edit --district willow-creek 204 --set "Birth date=3/31/2011"
  homeroom quarantine edit --district willow-creek 205 --document student.json
  homeroom quarantine replay --district willow-creek 204
  homeroom quarantine replay --district willow-creek --batch 17
  homeroom quarantine dismiss --district willow-creek 204 205

`edit` changes a row and tries it at once. After a spec was mended and saved, `replay --batch` maps all rows of the
batch that wait by the new version.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    listed = acts.add_in_district("list", _list, "show what waits, and why")
    listed.add_argument("--batch", type=int, metavar="BATCH", help="of this batch only")
    listed.add_argument("--most", type=int, default=50, metavar="NUMBER", help="how many rows (50)")
    show = acts.add_in_district("show", _show, "print a row as it came")
    show.add_argument("row", type=int, metavar="ROW")
    edit = acts.add_in_district("edit", _edit, "change a row and try it")
    edit.add_argument("row", type=int, metavar="ROW")
    edit.add_argument("--document", type=Path, metavar="FILE", help="the whole record as JSON")
    add_set_argument(edit)
    replay = acts.add_in_district("replay", _replay, "try rows again")
    replay.add_argument("row", type=int, nargs="?", metavar="ROW")
    replay.add_argument("--batch", type=int, metavar="BATCH", help="all rows of it that a spec mapped")
    dismiss = acts.add_in_district("dismiss", _dismiss, "give rows up")
    dismiss.add_argument("rows", type=int, nargs="+", metavar="ROW")


run = run_act


async def _list(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        reasons = await count_waiting(district, batch=options.batch)
        lines = await list_waiting(district, Wanted(batch=options.batch), most=options.most)
    for reason in reasons:
        print(f"{reason.rows:>8,}  {reason.resource}: {reason.words} [{reason.code}]")
    if lines:
        print()
    for line in lines:
        print(f"{line.id:>8}  {line.file}:{line.line}  {line.resource}  {line.path or ''}  {line.code}")
    return 0


async def _show(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        detail = await open_waiting(district, options.row, actor=OPERATOR)
    line = detail.line
    print(f"{line.file}:{line.line}  {line.resource}  {line.state}")
    for finding in detail.findings:
        print(f"- {finding.place.path or ''} {finding.words} {finding.remedy} [{finding.code}]")
    for column, cell in (detail.cells or {}).items():
        print(f"  {column}: {cell if cell is not None else ''}")
    if detail.cells is None:
        print(detail.text)
    return 0


async def _edit(options: Namespace, settings: Settings) -> int:
    if bool(options.set) == bool(options.document):
        raise SettingsError("Say what changes: --set COLUMN=VALUE, or --document FILE for a whole record.")
    text = options.document.read_text(encoding="utf-8") if options.document else None
    cells = parameters_of(options) if options.set else None
    async with open_district(settings, options.district) as district:
        done = await replay_waiting(
            district,
            options.row,
            actor=OPERATOR,
            spool_folder=settings.home / "spool",
            cells=cells,
            text=text,
        )
    return _tell(done)


async def _replay(options: Namespace, settings: Settings) -> int:
    if (options.row is None) == (options.batch is None):
        raise SettingsError("Name a row, or a batch with --batch; `homeroom load --replay` tries everything.")
    spool = settings.home / "spool"
    async with open_district(settings, options.district) as district:
        if options.batch is not None:
            return _tell(await replay_batch(district, options.batch, actor=OPERATOR, spool_folder=spool))
        return _tell(await replay_waiting(district, options.row, actor=OPERATOR, spool_folder=spool))


async def _dismiss(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        gone = await dismiss_waiting(district, options.rows, actor=OPERATOR)
    print(f"{gone} of {len(options.rows)} rows waited; they are given up.")
    return 0


def _tell(done: Replayed) -> int:
    print(f"{done.stored:,} records stored, {done.waiting:,} rows wait on.")
    for finding in done.findings:
        print(
            f"- {finding.place.file}:{finding.place.line} {finding.words} {finding.remedy} [{finding.code}]"
        )
    return 1 if done.waiting else 0
