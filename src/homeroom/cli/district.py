"""`homeroom district`: create, list, extend and drop districts, and say what their data is for."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Severity
from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_districts
from homeroom.records.administration import ChangePurposes, Desk, change_purposes
from homeroom.standard.purposes import Purpose, describe_purpose
from homeroom.standard.read import VERSIONS

EXAMPLES = """examples:
  homeroom district create willow-creek
  homeroom district create trial --standard 6.1 --sandbox
  homeroom district list
  homeroom district extend trial sample.yaml
  homeroom district purposes trial --drop approved_research --drop programme_evaluation
  homeroom district drop trial --yes
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    create = acts.add("create", _create, "make a district")
    create.add_argument("name", metavar="NAME", help="letters, digits and hyphens")
    create.add_argument("--standard", choices=VERSIONS, default="5.2", help="Ed-Fi version (5.2)")
    create.add_argument(
        "--sandbox", action="store_true", help="for made-up data alone; can be emptied at once"
    )
    create.add_argument(
        "--empty", action="store_true", help="without the standard's descriptors and school years"
    )
    acts.add("list", _list, "show every district")
    extend = acts.add(
        "extend", _extend, "add an extension to a district, in use or not (docs/reference/extensions.md)"
    )
    extend.add_argument("name", metavar="NAME")
    extend.add_argument("file", metavar="FILE", type=Path, help="YAML or JSON")
    purposes = acts.add(
        "purposes",
        _purposes,
        "show and change what a district's data is for (docs/reference/classification.md)",
    )
    purposes.add_argument("name", metavar="NAME")
    purposes.add_argument("--allow", action="append", default=[], metavar="P", help="a purpose to pursue")
    purposes.add_argument("--drop", action="append", default=[], metavar="P", help="one to pursue no longer")
    drop = acts.add("drop", _drop, "remove a district with all it holds")
    drop.add_argument("name", metavar="NAME")
    drop.add_argument("--yes", action="store_true", help="do not ask")


run = run_act


async def _create(options: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        district = await districts.create(
            options.name, standard=options.standard, is_sandbox=options.sandbox, is_empty=options.empty
        )
    kind = "sandbox district" if options.sandbox else "district"
    print(f"Made the {kind} {district.name} for Ed-Fi {options.standard}.")
    return 0


async def _list(_: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        entries = await districts.entries()
    width = max((len(e.name) for e in entries), default=0)
    for entry in entries:
        print(f"{entry.name:{width}}  Ed-Fi {entry.standard}{'  sandbox' if entry.is_sandbox else ''}")
    if not entries:
        print("There is no district yet; `homeroom district create NAME` makes one.", file=sys.stderr)
    return 0


async def _extend(options: Namespace, settings: Settings) -> int:
    file: Path = options.file
    try:
        definition = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {file} cannot be read as UTF-8 text.") from error
    async with open_districts(settings) as districts:
        findings = await districts.extend(options.name, definition=definition, actor=OPERATOR)
    for finding in findings:
        at = f"{finding.place.line}: " if finding.place.line else f"{finding.place.path or ''} "
        print(f"{file}: {at}{finding.words} {finding.remedy} [{finding.code}]", file=sys.stderr)
    if any(finding.severity is Severity.ERROR for finding in findings):
        print(f"{options.name} was not changed.", file=sys.stderr)
        return 1
    print(f"{options.name} has the extension now.")
    return 0


async def _purposes(options: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        district = await districts.get(options.name)
        desk = Desk(district, districts.directory.owned_database(district.entry), OPERATOR)
        wanted = ChangePurposes(allow=tuple(options.allow), drop=tuple(options.drop))
        found = await change_purposes(desk, wanted)
    for purpose in Purpose:
        mark = "yes" if purpose in found.purposes else "no "
        print(f"{mark}  {purpose:22}  {describe_purpose(purpose)}")
    for resource, paths in found.not_stored.items():
        print(f"Not stored of {resource}: {', '.join(path.removeprefix('$.') for path in paths)}")
    return 0


async def _drop(options: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        entry = next((e for e in await districts.entries() if e.name.lower() == options.name.lower()), None)
        if entry is None:
            raise SettingsError(f"There is no district {options.name!r}; `homeroom district list` shows all.")
        if not options.yes and not _is_sure(entry.name):
            print("Nothing was removed.", file=sys.stderr)
            return 1
        await districts.drop(entry.name)
    print(f"Removed the district {entry.name}.")
    return 0


def _is_sure(name: str) -> bool:
    if not sys.stdin.isatty():
        raise SettingsError(f"This removes every record of {name} for good; add --yes to say that it shall.")
    return input(f"This removes every record of {name} for good. Type its name to go on: ").strip() == name
