"""A district's claims and profiles: kept, replaced, and seen by every process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from homeroom.records.district import District
from homeroom.trust.actors import Operator
from homeroom.trust.claim_documents import ClaimDocument
from homeroom.trust.claim_store import (
    claim_book,
    load_claims,
    reload_claims,
    sync_claims,
    upload_claims,
)
from homeroom.trust.claims import Granted, LacksClaim, load_claim_book
from homeroom.trust.grant import Action
from homeroom.trust.profile_store import create_profile
from homeroom.trust.upload_service import with_upload_claim
from homeroom.trust.versions import LOOK_SECONDS

OPERATOR = Operator("command-line")


def whole(claim_set: str, name: str = "whole.json") -> ClaimDocument:
    """A document in which one claim set may read students and nothing else."""
    student = {
        "name": "http://ed-fi.org/ods/identity/claims/ed-fi/student",
        "defaultAuthorization": {
            "actions": [
                {"name": "Read", "authorizationStrategies": [{"name": "NoFurtherAuthorizationRequired"}]}
            ]
        },
        "claimSets": [{"name": claim_set, "actions": [{"name": "Read"}]}],
    }
    return ClaimDocument(name, {"claimSets": [{"claimSetName": claim_set}], "claimsHierarchy": [student]})


@pytest.fixture(autouse=True)
async def standard_claims(district: District) -> AsyncIterator[None]:
    """Every test begins with the standard's claims."""
    yield
    async with district.database.administering() as connection:
        await connection.execute("delete from trust.claim_document")
    await sync_claims(district.database)


async def names(district: District) -> list[str]:
    return [claim_set.name for claim_set in (await claim_book(district)).claim_sets]


async def test_claims_begin_as_the_standards_with_that_of_uploads(district: District) -> None:
    assert await claim_book(district) == with_upload_claim(load_claim_book("5.2"))


async def test_the_book_is_one_object_until_it_changes(district: District) -> None:
    book = await claim_book(district)
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert await claim_book(district) is book


async def test_upload_replaces_all_in_every_process_until_reload(
    district: District, elsewhere: District
) -> None:
    before = await names(elsewhere)
    assert await upload_claims(district.database, OPERATOR, document=whole("Only One")) == ()
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert await names(elsewhere) == ["Only One"]
    assert await names(district) == ["Only One"]
    granted = (await claim_book(elsewhere)).resolve("OnlyOne", "ed-fi/student", Action.READ)
    assert isinstance(granted, Granted)
    await reload_claims(district.database, OPERATOR)
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert await names(elsewhere) == before


async def test_baseline_takes_fragments_and_outlives_uploads(district: District) -> None:
    fragment = ClaimDocument(
        "Reader-claimset.json",
        {
            "name": "Reader",
            "resourceClaims": [
                {
                    "name": "http://ed-fi.org/ods/identity/claims/ed-fi/student",
                    "claimSets": [],
                    "actions": [{"name": "Read", "enabled": True}],
                }
            ],
        },
    )
    await load_claims(district.database, OPERATOR, documents=[fragment, whole("Base")])
    await upload_claims(district.database, OPERATOR, document=whole("Uploaded"))
    district.versions.expire()
    assert await names(district) == ["Uploaded"]
    await reload_claims(district.database, OPERATOR)
    district.versions.expire()
    assert await names(district) == ["Base", "Reader"]
    book = await claim_book(district)
    assert isinstance(book.resolve("Reader", "ed-fi/student", Action.READ), Granted)
    assert isinstance(book.resolve("Other", "ed-fi/student", Action.READ), LacksClaim)


async def test_documents_that_cannot_be_used_change_nothing(district: District) -> None:
    await upload_claims(district.database, OPERATOR, document=whole("Good"))
    for wrong in (ClaimDocument("a", "{"), ClaimDocument("b", {"claimSets": []}), ClaimDocument("c", [])):
        assert await upload_claims(district.database, OPERATOR, document=wrong)
        assert await load_claims(district.database, OPERATOR, documents=[wrong])
    district.versions.expire()
    assert await names(district) == ["Good"]


async def test_profile_is_kept_and_replaced_by_name(district: District, elsewhere: District) -> None:
    model = district.catalog.model

    def xml(member: str) -> str:
        return (
            '<Profile name="Names"><Resource name="Student"><ReadContentType memberSelection="IncludeOnly">'
            f'<Property name="{member}"/></ReadContentType></Resource></Profile>'
        )

    assert await create_profile(district.database, OPERATOR, name="Names", xml=xml("FirstName")) == ()
    first = await elsewhere.profiles.compiled("names", model)
    assert first is not None
    assert await elsewhere.profiles.compiled("NAMES", model) is first
    await create_profile(district.database, OPERATOR, name="NAMES", xml=xml("LastSurname"))
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert len(await elsewhere.profiles.profiles()) == 1
    assert await elsewhere.profiles.compiled("names", model) is not first
    assert await elsewhere.profiles.compiled("other", model) is None


async def test_profile_that_is_wrong_is_kept_with_its_findings(district: District) -> None:
    assert await create_profile(district.database, OPERATOR, name="Broken", xml="<Profile")
    assert "broken" in await district.profiles.profiles()
