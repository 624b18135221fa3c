"""What no purpose of the district needs is dropped before storage, and the report says so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from homeroom.base.errors import SettingsError
from homeroom.ingest.quarantine.keeping import Quarantine
from homeroom.standard.purposes import Purpose
from homeroom.trust.actors import Operator
from homeroom.trust.pursued import ALL_PURPOSES, change_purposes
from tests.cast import DISTRICT_ID, Body
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOARD = Operator("board")
RACE = "uri://ed-fi.org/RaceDescriptor#White"
WITHOUT_RACES = frozenset(
    {
        Purpose.SPECIAL_SERVICES,
        Purpose.STATUTORY_REPORTING,
        Purpose.PROGRAMME_EVALUATION,
        Purpose.ENROLMENT_AND_TRANSFER,
    }
)
"""Purposes of which a school needs one to know races."""
Narrow = Callable[[frozenset[Purpose]], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="module")
async def narrow(dock: Dock) -> AsyncIterator[Narrow]:
    """Drops purposes of the district for the time of a test."""

    async def dropped(purposes: frozenset[Purpose]) -> None:
        await change_purposes(
            dock.district.database, BOARD, allowed=ALL_PURPOSES - purposes, dropped=purposes
        )
        dock.district.versions.expire()
        await dock.district.follow()

    yield dropped
    await dropped(frozenset())


def demographics(**more: object) -> Body:
    return {
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentReference": {"studentUniqueId": "F-1"},
        "races": [{"raceDescriptor": RACE}],
        "hispanicLatinoEthnicity": True,
        "loginId": "ines",
        **more,
    }


async def sealed(dock: Dock) -> list[bytes | None]:
    rows = await dock.fetch("select sealed from edfi.student_education_organization_association")
    return [blob for (blob,) in rows]


async def told(dock: Dock) -> dict[str, int]:
    report = await dock.load(
        dock.write_world(), dock.write("StudentEducationOrganizationAssociation", demographics())
    )
    assert report.failed == 0
    return {w.words: w.times for w in report.warnings if w.code == "refused.unneeded"}


async def test_a_district_that_decided_nothing_keeps_everything(dock: Dock) -> None:
    assert await told(dock) == {}
    assert all(await sealed(dock))


async def test_what_no_purpose_needs_is_not_stored_and_counted_by_member(dock: Dock, narrow: Narrow) -> None:
    await narrow(WITHOUT_RACES)
    why = "of StudentEducationOrganizationAssociation was not stored: no purpose of the district needs it."
    assert await told(dock) == {f"races {why}": 1, f"hispanicLatinoEthnicity {why}": 1}
    assert await sealed(dock) == [None]
    (doc,) = await dock.fetch("select doc from edfi.student_education_organization_association")
    assert "races" not in doc[0]
    assert json.loads(doc[0] + "}")["loginId"] == "ines"


async def test_one_purpose_that_needs_it_is_enough(dock: Dock, narrow: Narrow) -> None:
    await narrow(WITHOUT_RACES - {Purpose.STATUTORY_REPORTING})
    assert await told(dock) == {}


async def test_what_is_kept_out_waits_in_no_quarantine_either(dock: Dock, narrow: Narrow) -> None:
    await narrow(WITHOUT_RACES)
    await dock.load(dock.write("StudentEducationOrganizationAssociation", demographics()))
    rows = await dock.fetch(
        "select id, batch, file, line, resource, row_sealed, added_at from ingest.quarantine order by id"
    )
    kept = [Quarantine(dock.district).open_row(row).kept for row in rows]
    assert [b"races" in each.text for each in kept] == [False]
    assert b"loginId" in kept[0].text


async def test_a_change_of_purposes_is_an_entry_of_the_ledger_and_no_change_is_none(
    dock: Dock, narrow: Narrow
) -> None:
    await narrow(WITHOUT_RACES)
    await narrow(WITHOUT_RACES)
    rows = await dock.fetch("select actor, action from trust.ledger_entry where resource = 'district'")
    assert rows == [(BOARD.label, "change_purposes")]


@pytest.mark.parametrize("purpose", [Purpose.PLATFORM_OPERATION, Purpose.SECURITY, Purpose.GUARDIAN_ACCESS])
async def test_a_purpose_that_no_district_can_do_without_stays(dock: Dock, purpose: Purpose) -> None:
    with pytest.raises(SettingsError, match=purpose):
        await change_purposes(
            dock.district.database, BOARD, allowed=frozenset(), dropped=frozenset({purpose})
        )


async def test_what_is_allowed_again_is_stored_from_then_on(dock: Dock, narrow: Narrow) -> None:
    await narrow(WITHOUT_RACES)
    await told(dock)
    await narrow(frozenset())
    assert await told(dock) == {}
    assert all(await sealed(dock))
