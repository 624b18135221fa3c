"""API profiles: reading their XML, masking what is read, merging what is written, choosing one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.standard.model import Kind, Part, Property
from homeroom.standard.openapi_sides import Usage
from homeroom.standard.read import load_model
from homeroom.trust.grant import Refusal
from homeroom.trust.profile_choice import (
    ChosenProfile,
    MalformedType,
    ProfileRequest,
    ProfileType,
    choose_profile,
    parse_content_type,
    render_content_type,
)
from homeroom.trust.profile_compile import CompiledProfile, compile_profile
from homeroom.trust.profile_masks import Mask, Merged, apply_read, hidden_required, merge_write
from homeroom.trust.profiles import Selection, parse_profile

MODEL = load_model("5.2")
SCHOOL = MODEL.resources["School"]
TYPE = "uri://ed-fi.org/AddressTypeDescriptor#"
SCHOOL_DOCUMENT: dict[str, Any] = {
    "id": "0" * 32,
    "schoolId": 255901001,
    "nameOfInstitution": "Grand Bend High School",
    "webSite": "http://grandbend.example",
    "localEducationAgencyReference": {"localEducationAgencyId": 255901},
    "addresses": [
        {
            "addressTypeDescriptor": TYPE + kind,
            "city": "Grand Bend",
            "postalCode": "78834",
            "stateAbbreviationDescriptor": "uri://ed-fi.org/StateAbbreviationDescriptor#TX",
            "streetNumberName": "P.O. Box 9376",
            "nameOfCounty": county,
        }
        for kind, county in (("Mailing", "Williston"), ("Physical", "Burke"))
    ],
    "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    "_etag": "5",
}

NO_COUNTY = (
    '<Collection name="addresses" memberSelection="ExcludeOnly"><Property name="NameOfCounty"/></Collection>'
)
NO_TITLE = (
    '<Object name="AssessmentContentStandard" memberSelection="ExcludeOnly"><Property name="Title"/></Object>'
)


def xml_of(
    inner: str, *, resource: str = "School", side: str = "Read", selection: str = "IncludeOnly"
) -> str:
    return (
        f'<Profile name="Thin"><Resource name="{resource}">'
        f'<{side}ContentType memberSelection="{selection}">{inner}</{side}ContentType></Resource></Profile>'
    )


def compiled(xml: str, name: str = "Thin") -> CompiledProfile:
    return compile_profile(parse_profile(name, xml), MODEL)


def mask_of(
    inner: str, *, selection: str = "IncludeOnly", resource: str = "School", side: str = "Read"
) -> Mask:
    profile = compiled(xml_of(inner, resource=resource, side=side, selection=selection))
    masks = profile.resources[resource]
    mask = masks.read if side == "Read" else masks.write
    assert mask is not None
    return mask


def read(inner: str, *, selection: str = "IncludeOnly") -> dict[str, object]:
    return apply_read(mask_of(inner, selection=selection), SCHOOL_DOCUMENT)


def write(
    inner: str, incoming: dict[str, Any], stored: dict[str, Any] | None = SCHOOL_DOCUMENT, *, selection: str
) -> Merged:
    return merge_write(mask_of(inner, selection=selection, side="Write"), incoming, stored)


def test_include_only_keeps_what_is_listed_and_what_identifies() -> None:
    assert read('<Property name="NameOfInstitution"/>') == {
        "id": "0" * 32,
        "schoolId": 255901001,
        "nameOfInstitution": "Grand Bend High School",
        "_etag": "5",
    }


def test_exclude_only_leaves_out_what_is_listed() -> None:
    names = ("webSite", "LocalEducationAgencyReference", "addresses")
    inner = "".join(f'<Property name="{name}"/>' for name in names)
    shown = read(inner, selection="ExcludeOnly")
    assert SCHOOL_DOCUMENT.keys() - shown.keys() == {"webSite", "localEducationAgencyReference", "addresses"}


def test_include_all_keeps_the_whole_document() -> None:
    assert read("", selection="IncludeAll") == SCHOOL_DOCUMENT


def test_members_that_identify_cannot_be_excluded() -> None:
    profile = compiled(xml_of('<Property name="SchoolId"/>', selection="ExcludeOnly"))
    assert [f.code for f in profile.findings] == ["profile.excluded_identity"]
    assert profile.is_usable
    assert "schoolId" in read('<Property name="SchoolId"/>', selection="ExcludeOnly")


@pytest.mark.parametrize("name", ["EducationOrganizationAddresses", "addresses", "Addresses"])
def test_a_collection_is_named_by_its_class_or_by_its_member(name: str) -> None:
    inner = f'<Collection name="{name}" memberSelection="IncludeAll"/>'
    assert read(inner)["addresses"] == SCHOOL_DOCUMENT["addresses"]


def test_items_keep_their_identity_and_what_is_listed() -> None:
    expected = [{k: v for k, v in a.items() if k != "nameOfCounty"} for a in SCHOOL_DOCUMENT["addresses"]]
    assert read(NO_COUNTY)["addresses"] == expected
    only = '<Collection name="addresses" memberSelection="IncludeOnly"/>'
    assert read(only)["addresses"] == expected


FILTERED = (
    '<Collection name="addresses" memberSelection="IncludeAll">'
    '<Filter propertyName="AddressTypeDescriptor" filterMode="{mode}"><Value>{value}</Value></Filter>'
    "</Collection>"
)


@pytest.mark.parametrize(
    ("mode", "value", "kinds"),
    [
        ("IncludeOnly", "Physical", ["Physical"]),
        ("IncludeOnly", TYPE + "physical", ["Physical"]),
        ("ExcludeOnly", "Physical", ["Mailing"]),
        ("ExcludeOnly", "uri://other/AddressTypeDescriptor#Physical", ["Mailing", "Physical"]),
    ],
)
def test_items_are_filtered_by_descriptor(mode: str, value: str, kinds: list[str]) -> None:
    shown: Any = read(FILTERED.format(mode=mode, value=value))
    assert [a["addressTypeDescriptor"].partition("#")[2] for a in shown["addresses"]] == kinds


def test_a_collection_of_which_nothing_is_left_does_not_betray_itself() -> None:
    assert "addresses" not in read(FILTERED.format(mode="IncludeOnly", value="Home"))


def test_below_exclude_only_a_collection_without_details_is_left_out() -> None:
    bare = '<Collection name="addresses" memberSelection="IncludeAll"/>'
    assert "addresses" not in read(bare, selection="ExcludeOnly")
    assert "addresses" not in read('<Collection name="addresses" memberSelection="ExcludeAll"/>')
    detailed = FILTERED.format(mode="IncludeOnly", value="Physical")
    assert len(read(detailed, selection="ExcludeOnly")["addresses"]) == 1  # type: ignore[arg-type]


def test_objects_inside_are_masked() -> None:
    mask = mask_of(NO_TITLE, selection="IncludeAll", resource="Assessment")
    document = {"contentStandard": {"title": "Common Core", "version": "2"}, "assessmentTitle": "Maths"}
    assert apply_read(mask, document) == {"contentStandard": {"version": "2"}, "assessmentTitle": "Maths"}
    assert hidden_required(mask) == ()
    assert mask.parts["contentStandard"].missing == ("title",)


EXTENDED = replace(
    MODEL,
    resources={
        **MODEL.resources,
        "School": replace(
            SCHOOL,
            extensions=(
                Part(
                    "sample",
                    "SchoolExtension",
                    is_collection=False,
                    properties=(Property("isExemplary", Kind.BOOLEAN), Property("motto", Kind.STRING)),
                ),
            ),
        ),
    },
)


@pytest.mark.parametrize(
    ("selection", "inner", "expected"),
    [
        ("IncludeOnly", "", None),
        ("ExcludeOnly", "", {"isExemplary": True, "motto": "Onward"}),
        ("ExcludeOnly", '<Extension name="Sample" memberSelection="IncludeAll"/>', None),
        (
            "IncludeOnly",
            '<Extension name="Sample" memberSelection="IncludeAll"/>',
            {"isExemplary": True, "motto": "Onward"},
        ),
        (
            "IncludeAll",
            '<Extension name="Sample" memberSelection="IncludeOnly"><Property name="Motto"/></Extension>',
            {"motto": "Onward"},
        ),
    ],
)
def test_extensions_are_masked(selection: str, inner: str, expected: dict[str, object] | None) -> None:
    profile = compile_profile(parse_profile("Thin", xml_of(inner, selection=selection)), EXTENDED)
    mask = profile.resources["School"].read
    assert mask is not None
    shown = apply_read(
        mask, {**SCHOOL_DOCUMENT, "_ext": {"sample": {"isExemplary": True, "motto": "Onward"}}}
    )
    assert shown.get("_ext") == ({"sample": expected} if expected else None)


def test_hidden_members_survive_a_write_and_are_ignored_in_it() -> None:
    incoming = {"schoolId": 255901001, "nameOfInstitution": "New name", "webSite": "http://evil.example"}
    merged = write('<Property name="NameOfInstitution"/>', incoming, selection="IncludeOnly")
    assert (
        merged.document
        == {**SCHOOL_DOCUMENT, "nameOfInstitution": "New name"} | {"id": SCHOOL_DOCUMENT["id"]}
        or merged.document.keys() <= SCHOOL_DOCUMENT.keys()
    )
    assert merged.document["webSite"] == SCHOOL_DOCUMENT["webSite"]
    assert merged.document["addresses"] == SCHOOL_DOCUMENT["addresses"]
    assert merged.document["nameOfInstitution"] == "New name"


def test_visible_members_that_are_not_sent_are_gone() -> None:
    merged = write('<Property name="gradeLevels"/>', {"schoolId": 255901001}, selection="ExcludeOnly")
    assert merged.document.keys() == {"schoolId", "gradeLevels"}


def test_hidden_members_of_items_are_kept_by_the_items_identity() -> None:
    mailing, physical = SCHOOL_DOCUMENT["addresses"]
    sent = [
        {**{k: v for k, v in physical.items() if k != "nameOfCounty"}, "latitude": "1"},
        {**mailing, "addressTypeDescriptor": TYPE.upper() + "MAILING", "nameOfCounty": "Elsewhere"},
    ]
    merged = write(NO_COUNTY, {**SCHOOL_DOCUMENT, "addresses": sent}, selection="IncludeAll")
    assert [a["nameOfCounty"] for a in merged.document["addresses"]] == ["Burke", "Williston"]  # type: ignore[attr-defined]
    assert merged.document["addresses"][0]["latitude"] == "1"  # type: ignore[index]


def test_items_that_a_filter_hides_stay_and_cannot_be_added() -> None:
    mailing, physical = SCHOOL_DOCUMENT["addresses"]
    sneaked = {**mailing, "city": "Elsewhere"}
    inner = FILTERED.format(mode="IncludeOnly", value="Physical")
    moved = {**physical, "nameOfCounty": "Ward"}
    merged = write(inner, {**SCHOOL_DOCUMENT, "addresses": [moved, sneaked]}, selection="IncludeAll")
    assert merged.document["addresses"] == [moved, mailing]
    emptied = write(inner, {**SCHOOL_DOCUMENT, "addresses": []}, selection="IncludeAll")
    assert emptied.document["addresses"] == [mailing]


def test_an_object_nothing_of_which_is_seen_survives_its_absence() -> None:
    inner = '<Object name="contentStandard" memberSelection="IncludeOnly"><Property name="version"/></Object>'
    mask = mask_of(inner, selection="IncludeAll", resource="Assessment", side="Write")
    unseen = {"contentStandard": {"title": "Common Core"}}
    assert merge_write(mask, {}, unseen).document == unseen
    seen = {"contentStandard": {"title": "Common Core", "version": "2"}}
    assert merge_write(mask, {}, seen).document == {}
    sent = {"contentStandard": {"version": "3", "title": "Mine"}}
    assert merge_write(mask, sent, seen).document == {
        "contentStandard": {"version": "3", "title": "Common Core"}
    }


def test_extensions_that_are_hidden_survive_a_write() -> None:
    profile = compile_profile(
        parse_profile("Thin", xml_of('<Property name="nameOfInstitution"/>', side="Write")), EXTENDED
    )
    mask = profile.resources["School"].write
    assert mask is not None
    stored = {**SCHOOL_DOCUMENT, "_ext": {"sample": {"motto": "Onward"}}}
    assert (
        merge_write(mask, {"_ext": {"sample": {"motto": "Back"}}}, stored).document["_ext"] == stored["_ext"]
    )
    assert "_ext" not in merge_write(mask, {"_ext": {"sample": {"motto": "Back"}}}, None).document


def test_creating_through_a_mask_needs_every_required_member() -> None:
    mask = mask_of('<Property name="webSite"/>', side="Write")
    assert set(hidden_required(mask)) == {
        "nameOfInstitution",
        "educationOrganizationCategories",
        "gradeLevels",
    }
    assert hidden_required(mask_of('<Property name="webSite"/>', selection="ExcludeOnly", side="Write")) == ()


def test_new_items_need_their_required_members_and_stored_ones_do_not() -> None:
    mask = mask_of(NO_TITLE, selection="IncludeAll", resource="Assessment", side="Write")
    sent = {"contentStandard": {"version": "2"}}
    assert merge_write(mask, sent, {}).uncreatable == ("AssessmentContentStandard",)
    assert merge_write(mask, sent, {"contentStandard": {"title": "T"}}).uncreatable == ()


def test_malformed_parts_are_left_for_the_document_check() -> None:
    inner = FILTERED.format(mode="IncludeOnly", value="Physical")
    for addresses in ("none", 5, [1, None], {"city": 3}, [[{}]]):
        assert write(inner, {"addresses": addresses}, None, selection="IncludeAll").document
    assert write(inner, {"addresses": None, "_ext": 3}, None, selection="IncludeAll").document == {}


MEMBERS = ["nameOfInstitution", "webSite", "localEducationAgencyReference", "addresses", "gradeLevels"]


@given(
    selection=st.sampled_from(["IncludeOnly", "ExcludeOnly", "IncludeAll"]),
    names=st.lists(st.sampled_from(MEMBERS), unique=True),
    filtered=st.sampled_from(
        [
            "",
            FILTERED.format(mode="IncludeOnly", value="Physical"),
            FILTERED.format(mode="ExcludeOnly", value="Physical"),
        ]
    ),
)
def test_writing_back_what_was_read_changes_nothing(selection: str, names: list[str], filtered: str) -> None:
    inner = (
        "".join(f'<Property name="{n}"/>' for n in names if not (filtered and n == "addresses")) + filtered
    )
    mask = mask_of(inner, selection=selection)
    again = merge_write(mask, apply_read(mask, SCHOOL_DOCUMENT), SCHOOL_DOCUMENT).document
    assert {**again, "addresses": sorted(again["addresses"], key=str)} == {  # type: ignore[call-overload]
        **SCHOOL_DOCUMENT,
        "addresses": sorted(SCHOOL_DOCUMENT["addresses"], key=str),
    }


@given(names=st.lists(st.sampled_from(MEMBERS), unique=True), more=st.sampled_from(MEMBERS))
def test_more_exclusions_never_show_more(names: list[str], more: str) -> None:
    fewer = read("".join(f'<Property name="{n}"/>' for n in names), selection="ExcludeOnly")
    shown = read("".join(f'<Property name="{n}"/>' for n in {*names, more}), selection="ExcludeOnly")
    assert shown.keys() <= fewer.keys()


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "not xml",
        "<Profile name='Thin'><Resource",
        "<!DOCTYPE p [<!ENTITY a 'b'>]><Profile name='Thin'>&a;</Profile>",
        "<!DOCTYPE p SYSTEM 'file:///etc/passwd'><Profile name='Thin'/>",
        "<Profiles><Profile name='A'/><Profile name='B'/></Profiles>",
        "<Other/>",
    ],
)
def test_text_that_is_no_profile_is_kept_with_its_findings_and_unusable(xml: str) -> None:
    profile = parse_profile("Thin", xml)
    assert profile.resources == ()
    assert [f.code for f in profile.findings] == ["profile.malformed"]
    assert not compile_profile(profile, MODEL).is_usable


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (xml_of('<Property name="Dragons"/>'), "profile.unknown_member"),
        (xml_of('<Collection name="Dragons" memberSelection="IncludeAll"/>'), "profile.unknown_member"),
        (xml_of("", resource="Dragon"), "profile.unknown_resource"),
        (xml_of("", selection="Perhaps"), "profile.malformed"),
        (xml_of("<Wish/>"), "profile.malformed"),
        (xml_of("<Property/>"), "profile.malformed"),
        (xml_of(FILTERED.format(mode="Perhaps", value="x")), "profile.malformed"),
        ('<Profile name="Thin"><Resource name="School"/></Profile>', "profile.malformed"),
    ],
)
def test_profiles_wrong_in_meaning_are_accepted_and_unusable(xml: str, code: str) -> None:
    profile = compiled(xml)
    assert code in {f.code for f in profile.findings}
    assert not profile.is_usable


def test_leaving_out_what_is_not_there_is_only_a_warning() -> None:
    profile = compiled(xml_of('<Property name="Dragons"/>', selection="ExcludeOnly"))
    assert profile.is_usable
    assert [f.code for f in profile.findings] == ["profile.unknown_member"]


def test_one_profile_is_found_among_several() -> None:
    both = f"<Profiles><Profile name='Other'/>{xml_of('')}</Profiles>"
    (rules,) = parse_profile("thin", both).resources
    assert rules.read is not None
    assert rules.read.selection is Selection.INCLUDE_ONLY
    assert rules.write is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("application/json", None),
        ("*/*", None),
        (
            "application/vnd.ed-fi.student.test-profile.readable+json",
            ProfileType("student", "test-profile", Usage.READABLE),
        ),
        (
            "Application/VND.Ed-Fi.Student.Test-Profile.WRITABLE+JSON; charset=utf-8",
            ProfileType("Student", "Test-Profile", Usage.WRITABLE),
        ),
        ("application/vnd.ed-fi.student.test-profile.legible+json", MalformedType()),
        ("application/vnd.ed-fi.student.readable+json", MalformedType()),
        ("application/vnd.ed-fi.student.test-profile.readable+xml", MalformedType()),
    ],
)
def test_content_types_name_resource_profile_and_side(header: str | None, expected: object) -> None:
    assert parse_content_type(header) == expected


def test_a_rendered_content_type_is_read_back() -> None:
    text = render_content_type(SCHOOL, "Test-Profile", usage=Usage.WRITABLE)
    assert text == "application/vnd.ed-fi.school.test-profile.writable+json"
    assert parse_content_type(text) == ProfileType("school", "test-profile", Usage.WRITABLE)


READABLE = compiled(xml_of('<Property name="webSite"/>'))
OTHER = replace(compiled(xml_of("", selection="IncludeAll")), name="Wide")
BROKEN = compiled(xml_of('<Property name="Dragons"/>'), name="Broken")
UNREADABLE = compiled("<", name="Unreadable")
PROFILES = {p.name.casefold(): p for p in (READABLE, OTHER, BROKEN, UNREADABLE)}


def choose(
    header: str | None, *assigned: str, method: str = "GET", resource: str = "School"
) -> ChosenProfile | Refusal | None:
    request = ProfileRequest(method, header, MODEL.resources[resource])
    return choose_profile(PROFILES, assigned, request=request)


def content_type(profile: str, usage: str = "readable", resource: str = "school") -> str:
    return f"application/vnd.ed-fi.{resource}.{profile}.{usage}+json"


def test_a_named_profile_is_used_and_echoed() -> None:
    chosen = choose(content_type("THIN"))
    assert isinstance(chosen, ChosenProfile)
    assert (chosen.name, chosen.content_type) == ("Thin", content_type("thin"))


def test_the_only_relevant_assigned_profile_applies_silently() -> None:
    chosen = choose("application/json", "Thin")
    assert isinstance(chosen, ChosenProfile)
    assert chosen.name == "Thin"
    assert choose(None, "Thin", resource="Student") is None
    assert choose(None) is None


@pytest.mark.parametrize(
    ("header", "assigned", "method", "status", "code"),
    [
        ("application/vnd.ed-fi.school.readable+json", (), "GET", 400, "profile:invalid-profile-usage"),
        (content_type("thin", "writable"), (), "GET", 400, "profile:invalid-profile-usage"),
        (content_type("thin"), (), "POST", 400, "profile:invalid-profile-usage"),
        (content_type("dragon"), (), "GET", 406, "profile:invalid-profile-usage"),
        (content_type("dragon", "writable"), (), "PUT", 415, "profile:invalid-profile-usage"),
        (content_type("broken"), (), "GET", 406, "profile:invalid-profile-usage"),
        (content_type("thin", resource="student"), (), "GET", 400, "profile:invalid-profile-usage"),
        (content_type("thin", "writable"), (), "PUT", 405, "profile:method-usage"),
        (None, ("Thin",), "POST", 405, "profile:method-usage"),
        (None, ("Thin", "Wide"), "GET", 403, "security:data-policy:incorrect-usage"),
        (content_type("wide"), ("Thin",), "GET", 403, "security:data-policy:incorrect-usage"),
        (None, ("Broken",), "GET", 406, "profile:invalid-profile-usage"),
        (None, ("Unreadable",), "GET", 406, "profile:invalid-profile-usage"),
        (None, ("NoLongerThere",), "GET", 406, "profile:invalid-profile-usage"),
    ],
)
def test_profiles_that_cannot_be_used_are_refused(
    header: str | None, assigned: tuple[str, ...], method: str, status: int, code: str
) -> None:
    refusal = choose(header, *assigned, method=method)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.code) == (status, code)


def test_a_refusal_lists_the_content_types_that_would_do() -> None:
    refusal = choose(None, "Wide", "Thin")
    assert isinstance(refusal, Refusal)
    assert refusal.errors[0].endswith(f"resource: '{content_type('thin')}', '{content_type('wide')}'")


def test_a_profile_without_the_resource_says_so() -> None:
    refusal = choose(content_type("thin", resource="student"), resource="Student")
    assert isinstance(refusal, Refusal)
    assert refusal.errors == (
        "Resource 'Student' is not accessible through the 'Thin' profile specified by the content type.",
    )
