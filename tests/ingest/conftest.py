"""Districts to load into, files to load, and a short way to do it and to look at what came of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from homeroom.base.settings import Settings
from homeroom.ingest.loading.report import LoadReport, ResourceCounts
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.ingest.reading.plan import Recogniser
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.standard.read import load_model
from homeroom.store.address import ServerAddress
from tests.cast import WORLD, Body
from tests.emptying import empty_district

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"the shared samples are not beside this checkout ({SAMPLES})"
)
MODEL = load_model("5.2")


class Dock:
    """Where files are written and loaded into one district."""

    def __init__(self, district: District, folder: Path) -> None:
        self.district = district
        self.folder = folder

    def write(self, resource: str, *bodies: Body | str, into: str = "drop") -> Path:
        """Adds lines to the resource's file in a folder below; a text is written as it is.

        Without a line there is the folder alone.
        """
        folder = self.folder / into
        folder.mkdir(exist_ok=True)
        if not bodies:
            return folder
        path = folder / f"{MODEL.resources[resource].endpoint}.jsonl"
        with path.open("a", encoding="utf-8") as file:
            file.writelines((b if isinstance(b, str) else json.dumps(b)) + "\n" for b in bodies)
        return folder

    def write_world(self, into: str = "world") -> Path:
        """The cast's school as files."""
        for resource, body in WORLD:
            self.write(resource, body, into=into)
        return self.folder / into

    async def load(self, *paths: Path, **options: Any) -> LoadReport:
        given = LoadOptions(**{"spool_folder": self.folder / "spool", **options})
        return await load_paths(self.district, list(paths), options=given)

    async def load_with(self, recogniser: Recogniser, *paths: Path, **options: Any) -> LoadReport:
        given = LoadOptions(**{"spool_folder": self.folder / "spool", **options})
        return await load_paths(self.district, list(paths), options=given, recogniser=recogniser)

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        """Looks behind the fence, as only a test may."""
        async with self.district.database.reading(None) as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def count(self, table: str) -> int:
        return int((await self.fetch(f"select count(*) from {table}"))[0][0])


def counts_of(report: LoadReport, resource: str) -> ResourceCounts:
    return next(c for c in report.counts if c.resource == resource)


def codes_of(report: LoadReport) -> Sequence[str]:
    """Codes of all findings about files, and of warnings."""
    return [f.code for f in report.findings] + [w.code for w in report.warnings]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def districts(server: ServerAddress, settings: Settings) -> AsyncIterator[Districts]:
    opened = Districts(server, settings.home)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def district(districts: Districts) -> AsyncIterator[District]:
    """One for all tests of a module: making one takes longer than most of them."""
    name = f"t-{uuid4().hex[:12]}"
    yield await districts.create(name, standard="5.2", is_sandbox=False, is_empty=False)
    await districts.drop(name)


@pytest_asyncio.fixture(loop_scope="module")
async def dock(district: District, server: ServerAddress, tmp_path: Path) -> Dock:
    """The module's district without what the test before put there; its seeds stand."""
    await empty_district(district, server)
    return Dock(district, tmp_path)
