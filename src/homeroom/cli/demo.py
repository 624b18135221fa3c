"""The demo district: made-up people, loaded like any other data, with accounts that anybody may use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.base.ids import random_token
from homeroom.cli.installation import OPERATOR
from homeroom.cli.load import load_shown
from homeroom.ingest.loading.report import render_text
from homeroom.ingest.loading.run import LoadOptions
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.synth import Record, generate_district
from homeroom.synth.cast import (
    DEMO_DATA_MANAGER,
    DEMO_PRINCIPAL,
    DEMO_SCHOOL_YEAR,
    DEMO_TEACHER,
    DEMO_TODAY,
    CastMember,
)
from homeroom.trust.accounts import Account, create_account
from homeroom.trust.demo import DemoAccount, keep_demo_accounts, read_demo_accounts

DEMO_NAME: Final = "demo"
_SEED: Final = 1
_STUDENTS: Final = 1000
_PASSWORD_BYTES: Final = 9
_ROLES: Final = (
    (DEMO_TEACHER, "teacher"),
    (DEMO_DATA_MANAGER, "data_manager"),
    (DEMO_PRINCIPAL, "principal"),
)


class DemoError(HomeroomError):
    """The made-up data does not fit the standard: a fault of ours."""

    code = "demo"


async def ensure_demo(districts: Districts, home: Path) -> Sequence[DemoAccount]:
    """The accounts of the demo district, which is made when it is missing, and finished when it was begun.

    A district of that name that somebody else made is left as it is; it has no such accounts.
    """
    begun = home / "demo-begun"
    district = await districts.find(DEMO_NAME)
    if district is not None and not begun.exists():
        return await read_demo_accounts(district.database)
    begun.touch(mode=0o600)
    if district is None:
        district = await districts.create(DEMO_NAME, standard="5.2", is_sandbox=False, is_empty=False)
    await _load_people(district, home)
    accounts = [await _create_account(district, member, role=role) for member, role in _ROLES]
    await keep_demo_accounts(district.database, accounts)
    begun.unlink()
    return accounts


async def _load_people(district: District, home: Path) -> None:
    with TemporaryDirectory(prefix="demo-", dir=home) as folder:
        files = Path(folder) / "made-up-district"
        files.mkdir()
        records = generate_district(_SEED, _STUDENTS, school_year=DEMO_SCHOOL_YEAR, today=DEMO_TODAY)
        write_files(files, records)
        report = await load_shown(district, [files], options=LoadOptions(spool_folder=home / "spool"))
    if report.failed or report.findings:
        raise DemoError(f"The demo district could not be loaded whole: {render_text(report)}")


def write_files(folder: Path, records: Iterable[Record]) -> None:
    """The records as JSON Lines, one file for each resource."""
    for resource, group in groupby(records, key=lambda record: record.resource):
        with (folder / f"{resource}.jsonl").open("ab") as file:
            file.writelines(msgspec.json.encode(record.document) + b"\n" for record in group)


async def _create_account(district: District, member: CastMember, *, role: str) -> DemoAccount:
    password = random_token(_PASSWORD_BYTES)
    account = Account(
        login=member.electronic_mail_address,
        display_name=member.full_name,
        role=role,
        organizations=(member.education_organization_id,),
        staff_unique_id=member.staff_unique_id,
    )
    await create_account(district.database, OPERATOR, account=account, password=password)
    return DemoAccount(account.login, password, account.display_name, role)
