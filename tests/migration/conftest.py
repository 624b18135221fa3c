"""Databases to migrate, and what PostgreSQL says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest

from homeroom.standard.classification_rules import load_rules
from homeroom.standard.extend import Extension, parse_extension
from homeroom.standard.model import Model
from homeroom.store.address import ServerAddress
from homeroom.store.ddl import render_fixed, render_generated
from homeroom.store.directory import Directory
from tests.conftest import FreshDatabase
from tests.migration.catalog import read_catalog

_RELEASED = Path(__file__).parent / "released"
_SAMPLE = Path(__file__).parents[1] / "unit" / "standard" / "sample_extension.yaml"


class MakeDatabase(Protocol):
    """Makes a database from the DDL of a Model; released: the name of an earlier release's fixed part."""

    async def __call__(self, model: Model, *, released: str | None = None) -> MadeDatabase: ...


@dataclass(frozen=True)
class MadeDatabase:
    """A database of a Model's shape, with a connection of its owner's."""

    dsn: str
    owner: asyncpg.Connection

    async def catalog(self) -> set[str]:
        """Every object in it."""
        return await read_catalog(self.dsn)


@pytest.fixture
async def make_database(server: ServerAddress, fresh_database: FreshDatabase) -> AsyncIterator[MakeDatabase]:
    """Makes databases."""
    await Directory(server).prepare()
    made: list[asyncpg.Connection] = []

    async def make(model: Model, *, released: str | None = None) -> MadeDatabase:
        dsn = await fresh_database("template1")
        owner = await asyncpg.connect(dsn)
        made.append(owner)
        fixed = render_fixed() if released is None else (_RELEASED / f"{released}.sql").read_text()
        await owner.execute(fixed + render_generated(model))
        if released:
            await owner.execute("delete from trust.setting where name = 'form'; delete from trust.migration")
        return MadeDatabase(dsn, owner)

    yield make
    for owner in made:
        await owner.close()


@pytest.fixture(scope="session")
def sample_text() -> str:
    """The sample extension file."""
    return _SAMPLE.read_text()


@pytest.fixture(scope="session")
def sample_extension(sample_text: str) -> Extension:
    """The sample extension, read."""
    found = parse_extension(sample_text, load_rules())
    assert isinstance(found, Extension)
    return found
