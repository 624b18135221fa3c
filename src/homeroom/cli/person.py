"""`homeroom person`: make two records of one person one, and take them apart again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.records.people.mergers import Merged, merge_people, split_people

EXAMPLES = """examples:
  homeroom person merge willow-creek student --keep 104233 --gone 990017
  homeroom person split willow-creek 3
"""
_KINDS = {"student": "Student", "staff": "Staff", "contact": "Contact"}


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    merge = acts.add(
        "merge", _merge, "make two records of one person one; what refers to the one who goes follows"
    )
    merge.add_argument("district", metavar="DISTRICT")
    merge.add_argument("kind", choices=sorted(_KINDS))
    merge.add_argument("--keep", required=True, metavar="ID", help="unique id of the one who stays")
    merge.add_argument("--gone", required=True, metavar="ID", help="unique id of the one who goes")
    split = acts.add("split", _split, "take a merger apart: both stand again")
    split.add_argument("district", metavar="DISTRICT")
    split.add_argument("merger", metavar="NUMBER", type=int, help="as `merge` has told it")


run = run_act


async def _merge(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        done = await merge_people(
            district, OPERATOR, resource=_KINDS[options.kind], kept=options.keep, gone=options.gone
        )
    print(
        f"Merger {done.merger}: {done.moved} records refer to the one who stays now, "
        f"{done.dropped} that both had are gone. `homeroom person split {options.district} {done.merger}` "
        "takes it back."
    )
    _tell_receivers(done)
    return 0


async def _split(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        done = await split_people(district, OPERATOR, options.merger)
    print(f"Both stand again: {done.moved} records went back, {done.dropped} are there again.")
    _tell_receivers(done)
    return 0


def _tell_receivers(done: Merged) -> None:
    if done.received_by:
        print("These had read one of the two; the change feed tells programs, people need to be told:")
    for receiver in done.received_by:
        name = f"  {receiver.name}" if receiver.name else ""
        print(f"  {receiver.actor}{name}  {receiver.times} times, last {receiver.last_at:%Y-%m-%d %H:%M} UTC")
