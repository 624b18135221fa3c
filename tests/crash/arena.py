"""A district with a small school, and a client that may do anything in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import asyncpg
import httpx

from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.trust.actors import Operator
from homeroom.trust.claim_documents import ClaimDocument
from homeroom.trust.claim_store import upload_claims
from homeroom.trust.clients import Registration, create_client
from tests.cast import DISTRICT_ID, Body, course_body, district_body, offering_body, school_body, session_body
from tests.crash.installation import Installation

SCHOOL: Final = (
    ("localEducationAgencies", "localEducationAgency", district_body()),
    ("schools", "school", school_body()),
    ("sessions", "session", session_body()),
    ("courses", "course", course_body()),
    ("courseOfferings", "courseOffering", offering_body()),
)
"""What the records that clients write refer to: endpoint, claim, body."""
WRITTEN: Final = {
    "students": "student",
    "studentSchoolAssociations": "studentSchoolAssociation",
    "classPeriods": "classPeriod",
    "sections": "section",
}
"""What clients write: claim by endpoint. Sealed members, references, keys that change, link tables."""
_FREE: Final = [{"name": "NoFurtherAuthorizationRequired"}]


@dataclass(frozen=True)
class Arena:
    """url: where the district's services stand; token: of the client."""

    name: str
    database: str
    url: str
    token: str

    def client(self) -> httpx.AsyncClient:
        """A client's connections. A request waits as long as the server takes, so that only a kill breaks it off."""
        return httpx.AsyncClient(
            base_url=f"{self.url}/data/v3/ed-fi",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=120,
        )


@asynccontextmanager
async def opened(installation: Installation, name: str) -> AsyncIterator[District]:
    """The district behind the server's back, over connections that have seen no crash."""
    districts = Districts(installation.database.start(), installation.home)
    try:
        yield await districts.get(name)
    finally:
        await districts.close()


async def make_arena(installation: Installation) -> Arena:
    """A new real district. The server must run."""
    name = f"c-{uuid4().hex[:12]}"
    installation.cli.run("district", "create", name)
    await _rest(installation)
    registration = Registration("Own", ("uri://ed-fi.org",), (DISTRICT_ID,))
    async with opened(installation, name) as district:
        document = ClaimDocument("own", _claims())
        await upload_claims(district.database, Operator("test"), document=document)
        database = district.database.name
        made = await create_client(district.database, Operator("test"), registration=registration)
    url = f"{installation.root}/{name}"
    async with httpx.AsyncClient(timeout=30) as client:
        signed_in = await client.post(
            f"{url}/oauth/token", data={"grant_type": "client_credentials"}, auth=(made.key, made.secret)
        )
        assert signed_in.status_code == 200, signed_in.text
    arena = Arena(name, database, url, signed_in.json()["access_token"])
    async with arena.client() as client:
        for endpoint, _, body in SCHOOL:
            response = await client.post(endpoint, json=body)
            assert response.status_code == 201, response.text
    return arena


async def _rest(installation: Installation) -> None:
    """Brings the new database to the disk, so that no recovery of a storm has to write it again."""
    connection = await asyncpg.connect(installation.database.dsn("postgres"))
    await connection.execute("checkpoint")
    await connection.close()


def _claims() -> Body:
    actions = [
        {"name": name, "authorizationStrategyOverrides": _FREE}
        for name in ("Create", "Read", "Update", "Delete", "ReadChanges")
    ]
    claims = [claim for _, claim, _ in SCHOOL] + list(WRITTEN.values())
    return {
        "claimSets": [{"claimSetName": "Own"}],
        "claimsHierarchy": [
            {
                "name": f"http://ed-fi.org/ods/identity/claims/ed-fi/{claim}",
                "claimSets": [{"name": "Own", "actions": actions}],
            }
            for claim in claims
        ],
    }
