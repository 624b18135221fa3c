"""An extension's resources have claims as soon as it joins, unless a document says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from homeroom.standard.classification_rules import load_rules
from homeroom.standard.extend import Extension, extend_model, parse_extension
from homeroom.standard.model import Model
from homeroom.standard.read import load_model
from homeroom.trust.claims import ClaimBook, Granted, LacksClaim, NoMetadata, load_claim_book
from homeroom.trust.extension_claims import with_extension_claims
from homeroom.trust.grant import Action

SAMPLE = Path(__file__).parents[1] / "standard" / "sample_extension.yaml"


@pytest.fixture(scope="module")
def extended() -> Model:
    extension = parse_extension(SAMPLE.read_text(), load_rules())
    assert isinstance(extension, Extension)
    return extend_model(load_model("5.2"), extension)


@pytest.fixture(scope="module")
def standard() -> ClaimBook:
    return load_claim_book("5.2")


def test_standard_alone_needs_no_more_claims(standard: ClaimBook) -> None:
    assert with_extension_claims(standard, load_model("5.2")) is standard


def test_every_resource_of_the_extension_can_be_granted(standard: ClaimBook, extended: Model) -> None:
    book = with_extension_claims(standard, extended)
    new = [r for r in extended.resources.values() if r.schema != "ed-fi"]
    assert new
    for resource in new:
        assert isinstance(standard.resolve("Ed-Fi Sandbox", resource.claim, Action.READ), NoMetadata)
        assert isinstance(book.resolve("Ed-Fi Sandbox", resource.claim, Action.READ), Granted), resource.name


def test_strategy_follows_what_ties_a_record_to_somebody(standard: ClaimBook, extended: Model) -> None:
    book = with_extension_claims(standard, extended)
    strategies = {
        resource.name: found.strategies
        for resource in extended.resources.values()
        if resource.schema != "ed-fi"
        and isinstance(found := book.resolve("Ed-Fi Sandbox", resource.claim, Action.CREATE), Granted)
    }
    assert strategies == {
        "FavoriteBookCategoryDescriptor": ("NamespaceBased",),
        "BusRoute": ("RelationshipsWithEdOrgsAndPeople",),
        "Bus": ("NoFurtherAuthorizationRequired",),
    }


def test_only_those_with_student_data_get_the_domain(standard: ClaimBook, extended: Model) -> None:
    book = with_extension_claims(standard, extended)
    resource = next(r for r in extended.resources.values() if r.schema != "ed-fi" and not r.is_descriptor)
    assert isinstance(book.resolve("SIS Vendor", resource.claim, Action.CREATE), Granted)
    assert isinstance(book.resolve("Roster Vendor", resource.claim, Action.READ), LacksClaim)


def test_what_a_document_says_of_the_extension_stays(standard: ClaimBook, extended: Model) -> None:
    resource = next(r for r in extended.resources.values() if r.schema != "ed-fi" and not r.is_descriptor)
    stated = standard.with_claims(
        "domains/ours", [resource.claim], granted={"Ours": {Action.READ: ("NamespaceBased",)}}
    )
    book = with_extension_claims(stated, extended)
    assert isinstance(book.resolve("SIS Vendor", resource.claim, Action.READ), LacksClaim)
    assert isinstance(book.resolve("Ours", resource.claim, Action.READ), Granted)


def test_book_without_student_data_grants_nothing_new(extended: Model, standard: ClaimBook) -> None:
    bare = replace(standard, claims=())
    assert with_extension_claims(bare, extended) == bare
