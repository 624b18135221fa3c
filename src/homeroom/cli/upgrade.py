"""`homeroom upgrade`: a district to a newer standard, with a backup first and a way back."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.district import print_upgrade
from homeroom.cli.installation import OPERATOR, open_districts, run_async
from homeroom.standard.read import VERSIONS
from homeroom.store.account import choose_account
from homeroom.store.backup import dump_database, restore_database
from homeroom.store.programs import Programs, find_programs

EXAMPLES = """\
The backup lies in the folder backups of HOMEROOM_HOME. What is sealed in the store is sealed in it as well: it
opens only beside the same root.key. Going back loses what was written since the backup.

examples:
  homeroom upgrade --district willow-creek --standard 6.1
  homeroom upgrade --district willow-creek --back .homeroom/backups/willow-creek-5.2-20270702T060000Z.dump
"""

_BACKUP: Final = re.compile(r"(?P<name>.+)-(?P<standard>\d+\.\d+)-\d{8}T\d{6}Z\.dump")


def add_arguments(parser: ArgumentParser) -> None:
    """The district, and where to."""
    parser.add_argument("--district", required=True, metavar="NAME")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--standard", choices=VERSIONS, help="the Ed-Fi version to go to")
    way.add_argument("--back", type=Path, metavar="BACKUP", help="put a backup in the district's place")


def run(options: Namespace, settings: Settings) -> int:
    """Goes there, or back."""
    return run_async(_go_back(options, settings) if options.back else _upgrade(options, settings))


async def _upgrade(options: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        name = (await districts.get(options.district)).name
        # The directory names the new version when nothing is left to do: until then this finishes the upgrade.
        entry = next(e for e in await districts.entries() if e.name == name)
        if entry.standard == options.standard:
            raise SettingsError(f"{entry.name} keeps to Ed-Fi {entry.standard} already.")
        file = _backup_file(settings, f"{entry.name}-{entry.standard}")
        dump_database(_programs(), districts.directory.address, entry.database, file=file)
        print(f"Backed up to {file}.")
        report = await districts.upgrade(entry.name, standard=options.standard, actor=OPERATOR)
    print_upgrade(report, name=entry.name, standard=options.standard)
    print(f"The way back: homeroom upgrade --district {entry.name} --back {file}")
    return 0


async def _go_back(options: Namespace, settings: Settings) -> int:
    found = _BACKUP.fullmatch(options.back.name)
    if found is None or not options.back.is_file():
        raise SettingsError(
            f"{options.back} is no backup; `homeroom upgrade` makes them, named after district and time."
        )
    async with open_districts(settings) as districts:
        entry = (await districts.get(options.district)).entry
        if found["name"] != entry.name:
            raise SettingsError(f"{options.back} is a backup of {found['name']}, not of {entry.name}.")
        await districts.close_one(entry.name)
        programs, address = _programs(), districts.directory.address
        await districts.directory.restore(
            entry,
            standard=found["standard"],
            fill=lambda database: restore_database(programs, address, database, file=options.back),
        )
    print(f"{entry.name} is as it was in {options.back}, and keeps to Ed-Fi {found['standard']}.")
    return 0


def _backup_file(settings: Settings, stem: str) -> Path:
    folder = settings.home / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"


def _programs() -> Programs:
    return find_programs(choose_account(None))
