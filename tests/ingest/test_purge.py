"""A package's `@purge` is heeded where somebody allows it, shows what goes, and can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from homeroom.base.errors import SettingsError
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.undo import undo_batch
from tests.cast import WORLD
from tests.ingest.conftest import Dock, codes_of
from tests.ingest.test_trial import package

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SCHOOLS = "select school_id, doc from edfi.school order by 1"


class Asked:
    """Whoever is asked; says no when told to."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.counts: Mapping[str, int] = {}
        self._refuses = refuses

    def __call__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        if self._refuses:
            raise SettingsError("no")


async def load(dock: Dock, line: str, asked: Asked, **options: Any) -> LoadReport:
    given = LoadOptions(spool_folder=dock.folder / "spool", **options)
    return await load_paths(dock.district, [package(dock, line)], options=given, confirm_purge=asked)


async def test_a_purge_shows_what_goes_removes_it_and_is_undone(dock: Dock) -> None:
    await dock.load(dock.write_world())
    before = await dock.fetch(_SCHOOLS)
    asked = Asked()
    report = await load(dock, "@purge", asked)
    assert sum(asked.counts.values()) == len(WORLD)
    assert "package.purged" in codes_of(report)
    assert "package.purge_ignored" not in codes_of(report)
    assert [await dock.count(f"edfi.{t}") for t in ("student", "school", "section")] == [0, 0, 0]
    assert await dock.count("edfi.state_education_agency") == 1
    assert await dock.count("edfi.descriptor") > 1000
    assert report.batch
    await undo_batch(dock.district, report.batch)
    assert await dock.fetch(_SCHOOLS) == before
    assert await dock.count("edfi.student_section_association") == 1
    assert await dock.count("edfi.state_education_agency") == 0


async def test_what_the_package_brings_again_is_as_before_after_the_undo(dock: Dock) -> None:
    await dock.load(package(dock, ""))
    before = await dock.fetch("select name_of_institution from edfi.state_education_agency")
    folder = package(dock, "@purge")
    text = (folder / "Organization.xml").read_text()
    (folder / "Organization.xml").write_text(
        text.replace("<NameOfInstitution>State<", "<NameOfInstitution>Realm<")
    )
    options = LoadOptions(spool_folder=dock.folder / "spool")
    report = await load_paths(dock.district, [folder], options=options, confirm_purge=Asked())
    assert await dock.fetch("select name_of_institution from edfi.state_education_agency") == [("Realm",)]
    assert report.batch
    undone = await undo_batch(dock.district, report.batch)
    assert await dock.fetch("select name_of_institution from edfi.state_education_agency") == before
    assert undone.left == []


async def test_organizations_stay_where_the_package_keeps_them(dock: Dock) -> None:
    await dock.load(dock.write_world())
    asked = Asked()
    await load(dock, "@purge-keep-edorgs", asked)
    assert asked.counts["Student"] == 1
    assert "School" not in asked.counts
    assert [await dock.count(f"edfi.{t}") for t in ("student", "school")] == [0, 2]


async def test_nothing_happens_when_somebody_says_no(dock: Dock) -> None:
    await dock.load(dock.write_world())
    with pytest.raises(SettingsError):
        await load(dock, "@purge", Asked(refuses=True))
    assert await dock.count("edfi.student") == 1
    assert await dock.fetch("select count(*) from ingest.batch where state = 'running'") == [(0,)]


async def test_a_check_removes_nothing_for_good(dock: Dock) -> None:
    await dock.load(dock.write_world())
    report = await load(dock, "@purge", Asked(), is_trial=True)
    assert "package.purged" in codes_of(report)
    assert await dock.count("edfi.student") == 1
