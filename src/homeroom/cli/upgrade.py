"""`homeroom upgrade`: districts to this release or to a newer standard, with a backup first and a way back."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.cli.installation import OPERATOR, open_districts, run_async
from homeroom.records.districts import Districts
from homeroom.records.upgrade import UpgradeReport
from homeroom.standard.read import VERSIONS
from homeroom.store.account import choose_account
from homeroom.store.backup import dump_database, restore_database
from homeroom.store.directory import DistrictEntry
from homeroom.store.programs import Programs, find_programs

EXAMPLES = """\
Without --standard it brings districts that an earlier release of Homeroom has made to this one. Before anything is
changed it makes a backup in the folder backups of HOMEROOM_HOME. What is sealed in the store is sealed in it as well:
it opens only beside the same root.key. Going back loses what was written since the backup.

examples:
  homeroom upgrade
  homeroom upgrade --district willow-creek --standard 6.1
  homeroom upgrade --district willow-creek --back .homeroom/backups/willow-creek-5.2-20270702T060000Z.dump
"""

_BACKUP: Final = re.compile(r"(?P<name>.+)-(?P<standard>\d+\.\d+)-\d{8}T\d{6}Z\.dump")


def add_arguments(parser: ArgumentParser) -> None:
    """Which district, and where to."""
    parser.add_argument("--district", metavar="NAME", help="this one alone (every district)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--standard", choices=VERSIONS, help="the Ed-Fi version to go to")
    way.add_argument("--back", type=Path, metavar="BACKUP", help="put a backup in the district's place")


def run(options: Namespace, settings: Settings) -> int:
    """Goes there, or back."""
    if not options.district and (options.standard or options.back):
        raise SettingsError("Say which district it shall be: --district NAME.")
    return run_async(_go_back(options, settings) if options.back else _upgrade(options, settings))


async def _upgrade(options: Namespace, settings: Settings) -> int:
    async with open_districts(settings) as districts:
        names = [options.district] if options.district else [e.name for e in await districts.entries()]
        for name in names:
            await _bring_to_release(districts, settings, name)
        if options.standard:
            await _bring_to_standard(districts, settings, options.district, standard=options.standard)
    return 0


async def _bring_to_release(districts: Districts, settings: Settings, name: str) -> None:
    def back_up(entry: DistrictEntry) -> None:
        _tell_way_back(_back_up(districts, settings, entry), entry)

    if await districts.migrate(name, actor=OPERATOR, before=back_up):
        print(f"{name} is of this release now.")
    else:
        print(f"{name} is of this release already.")


async def _bring_to_standard(districts: Districts, settings: Settings, name: str, *, standard: str) -> None:
    found = (await districts.get(name)).name
    # The directory names the new version when nothing is left to do: until then this finishes the upgrade.
    entry = next(e for e in await districts.entries() if e.name == found)
    if entry.standard == standard:
        raise SettingsError(f"{entry.name} keeps to Ed-Fi {entry.standard} already.")
    file = _back_up(districts, settings, entry)
    report = await districts.upgrade(entry.name, standard=standard, actor=OPERATOR)
    _print_report(report, name=entry.name, standard=standard)
    _tell_way_back(file, entry)


def _print_report(report: UpgradeReport, *, name: str, standard: str) -> None:
    for told, counts in (("new records", report.carried), ("changed records", report.rewritten)):
        for resource, number in sorted(counts.items()):
            print(f"{number:>10,}  {told} of {resource}")
    for (resource, why), number in sorted(report.kept.items()):
        print(f"{number:>10,}  of {resource} kept as before-images only: {why}")
    print(f"{name} keeps to Ed-Fi {standard} now.")


def _tell_way_back(file: Path, entry: DistrictEntry) -> None:
    print(f"The way back: homeroom upgrade --district {entry.name} --back {file}")


def _back_up(districts: Districts, settings: Settings, entry: DistrictEntry) -> Path:
    folder = settings.home / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{entry.name}-{entry.standard}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    dump_database(_programs(), districts.directory.address, entry.database, file=file)
    print(f"Backed up to {file}.")
    return file


async def _go_back(options: Namespace, settings: Settings) -> int:
    found = _BACKUP.fullmatch(options.back.name)
    if found is None or not options.back.is_file():
        raise SettingsError(
            f"{options.back} is no backup; `homeroom upgrade` makes them, named after district and time."
        )
    async with open_districts(settings) as districts:
        entry = await districts.entry(options.district)
        if found["name"] != entry.name:
            raise SettingsError(f"{options.back} is a backup of {found['name']}, not of {entry.name}.")
        programs, address = _programs(), districts.directory.address
        await districts.directory.restore(
            entry,
            standard=found["standard"],
            fill=lambda database: restore_database(programs, address, database, file=options.back),
        )
    print(f"{entry.name} is as it was in {options.back}, and keeps to Ed-Fi {found['standard']}.")
    return 0


def _programs() -> Programs:
    return find_programs(choose_account(None))
