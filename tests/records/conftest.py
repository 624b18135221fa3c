"""Districts for the tests of records, and a short way to write and read them as an actor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from homeroom.base.settings import Settings
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.outcomes import Inserted, Outcome, Updated
from homeroom.records.prepare import Draft
from homeroom.records.read import PageRequest, read_page, read_records
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.purposes import Purpose
from homeroom.store.address import ServerAddress
from homeroom.store.conditions import AnyRelationship, Condition, Relationship
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Grant
from homeroom.trust.subjects import subjects_of
from tests.cast import WORLD, Body
from tests.emptying import empty_district


class Desk:
    """A client at work in one district: what it writes and reads is under Grants with these conditions."""

    def __init__(self, district: District, *conditions: Condition, ownership: tuple[int, ...] = ()) -> None:
        self.district = district
        self.conditions = conditions
        self.actor = ApiClient(1, "test-client", "Test", ownership=ownership)

    def grant(self, resource: str, action: Action, *conditions: Condition) -> Grant:
        return Grant(
            self.actor,
            Purpose.PLATFORM_OPERATION,
            action,
            resource,
            conditions=conditions or self.conditions,
            basis="test",
        )

    async def write(self, resource: str, body: Body, *conditions: Condition, **draft: Any) -> Outcome:
        kind = self.district.catalog.kind(resource)
        document = kind.document.convert(msgspec.json.decode(msgspec.json.encode(body)))
        leave = WriteLeave(
            self.grant(resource, Action.CREATE, *conditions), self.grant(resource, Action.UPDATE, *conditions)
        )
        return (
            await write_documents(self.district, resource, drafts=[Draft(document, **draft)], leave=leave)
        )[0]

    async def put(self, resource: str, body: Body) -> UUID:
        """Writes what must go in, and gives its id."""
        outcome = await self.write(resource, body)
        assert isinstance(outcome, Inserted | Updated), outcome
        return outcome.uuid

    async def build_world(self) -> dict[str, UUID]:
        """The cast's school; the last id of each resource."""
        return {resource: await self.put(resource, body) for resource, body in WORLD}

    async def read(self, resource: str, uuid: UUID, *conditions: Condition) -> Body | None:
        grant = self.grant(resource, Action.READ, *conditions)
        found = await read_records(self.district, grant, uuids=[uuid])
        return msgspec.json.decode(found[uuid].body) if uuid in found else None

    async def list(self, resource: str, *conditions: Condition, **wanted: Any) -> list[Body]:
        grant = self.grant(resource, Action.READ, *conditions)
        page = await read_page(self.district, grant, wanted=PageRequest(**{"limit": 500, **wanted}))
        return [msgspec.json.decode(body) for body in page.bodies]

    def reach(self, resource: str, *organizations: int) -> AnyRelationship:
        """The relationship condition of a client of these organisations."""
        subjects = subjects_of(self.district.catalog.model.resources[resource])
        return AnyRelationship(
            (Relationship("RelationshipsWithEdOrgsAndPeople", tuple(subjects), organizations),)
        )

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        """Looks behind the fence, as only a test of the store may."""
        async with self.district.database.reading(None) as connection:
            return list(await connection.fetch(sql, *values))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def districts(server: ServerAddress, settings: Settings) -> AsyncIterator[Districts]:
    opened = Districts(server, settings.home)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_district(districts: Districts) -> AsyncIterator[District]:
    """A real district, seeded: sensitive members are sealed in it."""
    name = f"t-{uuid4().hex[:12]}"
    yield await districts.create(name, standard="5.2", is_sandbox=False, is_empty=False)
    await districts.drop(name)


@pytest_asyncio.fixture(loop_scope="module")
async def district(shared_district: District, server: ServerAddress) -> District:
    """The module's district without what the test before put there."""
    await empty_district(shared_district, server)
    return shared_district


@pytest.fixture
def desk(district: District) -> Desk:
    return Desk(district)
