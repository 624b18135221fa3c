"""Claims: inheritance, overrides, names in several spellings, and documents of other platforms."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.standard.read import VERSIONS, load_model
from homeroom.trust.claim_documents import ClaimDocument, parse_claims
from homeroom.trust.claims import (
    Claim,
    ClaimBook,
    ClaimSet,
    Granted,
    LacksAction,
    LacksClaim,
    NoMetadata,
    NoStrategies,
    Resolution,
    claim_set_key,
    claim_uri,
    load_claim_book,
)
from homeroom.trust.grant import Action

# Resolved per resource by the writers of the facts, with a program of their own; equal resources are grouped.
ORACLE = Path(__file__).parent / "oracle"
BASELINE = {
    "claimSets": [{"claimSetName": "Reader", "isSystemReserved": False}],
    "claimsHierarchy": [
        {
            "name": "http://ed-fi.org/identity/claims/domains/people",
            "defaultAuthorization": {
                "actions": [
                    {
                        "name": "Read",
                        "authorizationStrategies": [{"name": "RelationshipsWithEdOrgsAndPeople"}],
                    },
                    {
                        "name": "Create",
                        "authorizationStrategies": [{"name": "NoFurtherAuthorizationRequired"}],
                    },
                ]
            },
            "claimSets": [{"name": "Reader", "actions": [{"name": "Read"}]}],
            "claims": [
                {"name": "http://ed-fi.org/identity/claims/ed-fi/student"},
                {"name": "http://ed-fi.org/identity/claims/ed-fi/staff"},
            ],
        },
        {"name": "http://ed-fi.org/ods/identity/claims/crisisEvent"},
    ],
}


def read(*documents: tuple[str, object]) -> ClaimBook:
    parsed = parse_claims([ClaimDocument(name, content) for name, content in documents])
    assert parsed.book is not None, parsed.findings
    return parsed.book


def fragment(claim: str, *, name: str = "Writer", **members: object) -> dict[str, object]:
    return {"name": name, "resourceClaims": [{"name": claim, **members}]}


def overrides(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    return [{"actionName": action, "authorizationStrategies": [{"name": s}]} for action, s in pairs]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_claim_set_and_action_resolves_as_the_source_says(version: str) -> None:
    book = load_claim_book(version)
    groups = json.loads((ORACLE / f"edfi-{version}.json").read_text())
    asked = 0
    for group in groups:
        for claim, claim_set, action in product(group["claims"], book.claim_sets, Action):
            found = book.resolve(claim_set.name, claim, action)
            held = group["claimSets"].get(claim_set.name)
            assert answer(found) == expected_answer(held, action), (claim, claim_set.name, action)
            asked += 1
    assert asked == {"5.2": 27_580, "6.1": 35_420}[version]


def answer(found: Resolution) -> object:
    """A resolution in the oracle's terms: no claim, no action, or the strategies."""
    match found:
        case LacksClaim():
            return "no claim"
        case LacksAction():
            return "no action"
        case Granted(strategies=strategies):
            return list(strategies)
        case NoMetadata() | NoStrategies():
            return "misconfigured"


def expected_answer(held: dict[str, list[str]] | None, action: Action) -> object:
    if held is None:
        return "no claim"
    if action.value not in held:
        return "no action"
    return held[action.value] or "misconfigured"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_of_the_standard_has_a_claim(version: str) -> None:
    book = load_claim_book(version)
    unclaimed = [r.claim for r in load_model(version).resources.values() if not book.lineage(r.claim)]
    assert unclaimed == []


def test_claims_are_found_under_both_prefixes_in_any_case_and_without_schema() -> None:
    book = read(("Claims.json", BASELINE))
    granted = Granted(("RelationshipsWithEdOrgsAndPeople",), claim_uri("domains/people"))
    for name in (
        "ed-fi/student",
        "ED-FI/Student",
        "http://ed-fi.org/identity/claims/ed-fi/student",
        "HTTP://ed-fi.org/ods/identity/claims/ed-fi/student",
    ):
        assert book.resolve("Reader", name, Action.READ) == granted
    assert isinstance(book.resolve("Reader", "ed-fi/crisisEvent", Action.READ), LacksClaim)
    assert isinstance(book.resolve("Reader", "sample/crisisEvent", Action.READ), NoMetadata)


def test_claim_set_names_compare_without_blanks_hyphens_and_case() -> None:
    book = load_claim_book("5.2")
    spellings = ("SISVendor", "SIS Vendor", "sis-vendor")
    found = {book.resolve(name, "ed-fi/student", Action.READ) for name in spellings}
    assert len(found) == 1
    assert isinstance(found.pop(), Granted)
    assert claim_set_key("Ed-Fi Sandbox") == claim_set_key("EdFiSandbox")


def test_a_refusal_names_the_claims_nearest_first() -> None:
    book = read(("Claims.json", BASELINE))
    lineage = (claim_uri("ed-fi/student"), claim_uri("domains/people"))
    assert book.resolve("Nobody", "ed-fi/student", Action.READ) == LacksClaim(lineage)
    assert book.resolve("Reader", "ed-fi/student", Action.DELETE) == LacksAction(lineage)


def test_an_action_without_any_strategy_is_a_misconfiguration() -> None:
    claim = Claim("ed-fi/student", granted={"reader": {Action.READ: ()}})
    book = ClaimBook((claim,), (ClaimSet("Reader"),))
    assert isinstance(book.resolve("Reader", "ed-fi/student", Action.READ), NoStrategies)


def test_an_override_above_reaches_a_claim_that_grants_without_one() -> None:
    leaf = Claim("ed-fi/student", granted={"reader": {Action.READ: ()}})
    domain = Claim(
        "domains/people",
        default={Action.READ: ("NoFurtherAuthorizationRequired",)},
        granted={"reader": {Action.READ: ("OwnershipBased",)}},
        children=(leaf,),
    )
    found = ClaimBook((domain,), ()).resolve("Reader", "ed-fi/student", Action.READ)
    assert found == Granted(("OwnershipBased",), claim_uri("ed-fi/student"))


def test_a_fragment_grants_a_claim_set_the_actions_it_overrides() -> None:
    members = {"authorizationStrategyOverridesForCRUD": overrides(("Update", "OwnershipBased"))}
    book = read(("Claims.json", BASELINE), ("1-claimset.json", fragment("ed-fi/students", **members)))
    found = book.resolve("Writer", "ed-fi/student", Action.UPDATE)
    assert found == Granted(("OwnershipBased",), claim_uri("ed-fi/student"))
    assert isinstance(book.resolve("Writer", "ed-fi/student", Action.READ), LacksAction)
    assert isinstance(book.resolve("Writer", "ed-fi/staff", Action.UPDATE), LacksClaim)
    assert "Writer" in {s.name for s in book.claim_sets}


def test_a_fragment_without_overrides_grants_its_enabled_actions() -> None:
    actions = [{"name": "Create", "enabled": True}, {"name": "Read", "enabled": False}]
    book = read(("Claims.json", BASELINE), ("1-claimset.json", fragment("ed-fi/staff", actions=actions)))
    assert isinstance(book.resolve("Writer", "ed-fi/staff", Action.CREATE), Granted)
    assert isinstance(book.resolve("Writer", "ed-fi/staff", Action.READ), LacksAction)


def test_a_fragment_is_named_by_its_file_when_it_has_no_name() -> None:
    claim = {"name": "ed-fi/staff", "actions": [{"name": "Create"}]}
    book = read(("Claims.json", BASELINE), ("07-nightly-claimset.json", {"resourceClaims": [claim]}))
    assert isinstance(book.resolve("07-nightly-claimset", "ed-fi/staff", Action.CREATE), Granted)


def test_a_parent_fragment_makes_a_domain_with_defaults_children_and_grants() -> None:
    parent = {
        "name": "http://ed-fi.org/identity/claims/domains/sample",
        "isParent": True,
        "_defaultAuthorizationStrategiesForCrud": overrides(("Read", "NoFurtherAuthorizationRequired")),
        "children": [{"name": "http://ed-fi.org/identity/claims/sample/bus"}],
        "claimSets": [{"name": "Reader", "actions": [{"name": "Read"}]}],
    }
    book = read(("Claims.json", BASELINE), ("1-claimset.json", {"name": "x", "resourceClaims": [parent]}))
    found = book.resolve("Reader", "sample/bus", Action.READ)
    assert found == Granted(("NoFurtherAuthorizationRequired",), claim_uri("domains/sample"))


def test_a_parent_fragment_adds_children_to_a_domain_that_exists() -> None:
    parent = {"name": "domains/people", "isParent": True, "children": [{"name": "sample/busDriver"}]}
    book = read(("Claims.json", BASELINE), ("1-claimset.json", {"name": "x", "resourceClaims": [parent]}))
    assert isinstance(book.resolve("Reader", "sample/busDriver", Action.READ), Granted)


def test_fragments_apply_in_the_order_of_their_names_and_the_first_stays() -> None:
    first = fragment(
        "ed-fi/staff", authorizationStrategyOverridesForCRUD=overrides(("Read", "OwnershipBased"))
    )
    second = fragment("ed-fi/staff", authorizationStrategyOverridesForCRUD=overrides(("Delete", "Other")))
    book = read(("2-claimset.json", second), ("Claims.json", BASELINE), ("1-claimset.json", first))
    found = book.resolve("Writer", "ed-fi/staff", Action.READ)
    assert found == Granted(("OwnershipBased",), claim_uri("ed-fi/staff"))
    assert isinstance(book.resolve("Writer", "ed-fi/staff", Action.DELETE), LacksAction)


def test_a_fragment_for_an_unknown_claim_is_reported_and_the_rest_stands() -> None:
    lost = fragment("ed-fi/dragons", actions=[{"name": "Read"}])
    documents = [ClaimDocument("Claims.json", json.dumps(BASELINE)), ClaimDocument("1-claimset.json", lost)]
    parsed = parse_claims(documents)
    assert parsed.book is not None
    assert [f.code for f in parsed.findings] == ["claims.unknown_claim"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "claims.unreadable"),
        ("[" * 100_000, "claims.unreadable"),
        ({"claimsHierarchy": [{"claims": []}]}, "claims.unreadable"),
        ({"claimsHierarchy": "all"}, "claims.unreadable"),
        ({"name": "only a fragment"}, "claims.no_baseline"),
    ],
)
def test_documents_that_cannot_be_used_give_findings_and_no_book(content: object, code: str) -> None:
    parsed = parse_claims([ClaimDocument("Claims.json", content)])
    assert parsed.book is None
    assert code in {f.code for f in parsed.findings}


def test_an_extension_gets_claims_under_a_domain_of_its_own() -> None:
    book = load_claim_book("5.2")
    extended = book.with_claims(
        "domains/sample",
        ["sample/bus"],
        default={Action.READ: ("NoFurtherAuthorizationRequired",)},
        granted={"Ed-Fi Sandbox": {Action.READ: ()}},
    ).with_claims("domains/systemDescriptors", ["sample/busTypeDescriptor"])
    assert isinstance(extended.resolve("EdFiSandbox", "sample/bus", Action.READ), Granted)
    assert isinstance(extended.resolve("SISVendor", "sample/bus", Action.READ), LacksClaim)
    assert isinstance(extended.resolve("SISVendor", "sample/busTypeDescriptor", Action.READ), Granted)
    assert isinstance(book.resolve("EdFiSandbox", "sample/bus", Action.READ), NoMetadata)
    assert extended.with_claims("domains/sample", ["sample/bus"]) == extended


def test_viewed_claim_sets_list_their_claims_actions_and_overrides() -> None:
    members = {"authorizationStrategyOverridesForCRUD": overrides(("Update", "OwnershipBased"))}
    book = read(("Claims.json", BASELINE), ("1-claimset.json", fragment("ed-fi/students", **members)))
    reader, writer = book.view_claim_sets()
    assert [c.name for c in reader.resource_claims] == [claim_uri("domains/people")]
    assert [(a.name, a.authorization_strategy_overrides) for a in writer.resource_claims[0].actions] == [
        ("Update", ("OwnershipBased",))
    ]


CLAIMS = st.sampled_from(
    ["ed-fi/student", "ed-fi/studentSchoolAssociation", "domains/people", "ed-fi/course"]
)
OVERRIDES = st.lists(st.tuples(CLAIMS, st.sampled_from(list(Action)), st.text(min_size=1)), max_size=6)


@given(changes=OVERRIDES, claim_set=st.sampled_from(["SISVendor", "RosterVendor", "EdFiSandbox"]))
def test_more_overrides_never_widen_what_may_be_done(
    changes: list[tuple[str, Action, str]], claim_set: str
) -> None:
    book = changed = load_claim_book("5.2")
    key = claim_set_key(claim_set)
    for name, action, strategy in changes:
        claim = changed.lineage(name)[0]
        held = claim.granted.get(key, {})
        if action in held:
            granted = {**claim.granted, key: {**held, action: (strategy,)}}
            changed = changed.replacing(replace(claim, granted=granted))
    for name, action in product(("ed-fi/student", "ed-fi/studentSchoolAssociation", "ed-fi/course"), Action):
        before = book.resolve(claim_set, name, action)
        after = changed.resolve(claim_set, name, action)
        assert isinstance(after, Granted) <= isinstance(before, Granted | NoStrategies)
