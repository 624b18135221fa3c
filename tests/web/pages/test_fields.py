"""A document for reading: labels, the standard's order, nested parts, references, and what a change changed."""

from __future__ import annotations

from datetime import date

from homeroom.standard.classify import load_classification
from homeroom.standard.read import load_model
from homeroom.web.pages.fields import Change, changes_between, key_text, read_fields

MODEL = load_model("5.2")
TABLE = load_classification("5.2")
SCHOOL = MODEL.resources["School"]
ENROLLMENT = MODEL.resources["StudentSchoolAssociation"]


def test_the_key_comes_first_and_descriptors_lose_their_namespace() -> None:
    document = {
        "nameOfInstitution": "Heron Hill",
        "schoolId": 7,
        "schoolTypeDescriptor": "uri://ed-fi.org/SchoolTypeDescriptor#Regular",
    }
    fields = read_fields(TABLE, SCHOOL, document)
    assert [f.name for f in fields] == ["schoolId", "nameOfInstitution", "schoolTypeDescriptor"]
    assert (fields[2].text, fields[2].full) == ("Regular", "uri://ed-fi.org/SchoolTypeDescriptor#Regular")
    assert fields[0].full is None


def test_a_reference_shows_its_key_and_leads_to_our_page() -> None:
    link = {"rel": "School", "href": "/ed-fi/schools/0123456789abcdef0123456789abcdef"}
    document = {"schoolReference": {"schoolId": 7, "link": link}, "entryDate": "2026-08-17"}
    day, school = read_fields(TABLE, ENROLLMENT, document)
    assert (day.day, day.text) == (date(2026, 8, 17), "2026-08-17")
    assert (school.text, school.address) == (
        "7",
        "/records/ed-fi/schools/01234567-89ab-cdef-0123-456789abcdef",
    )


def test_a_link_that_leads_nowhere_of_ours_is_no_link() -> None:
    for href in ("https://evil.example/x", "", "/ed-fi/schools/not-an-id"):
        document = {"schoolReference": {"schoolId": 7, "link": {"href": href}}}
        assert read_fields(TABLE, ENROLLMENT, document)[0].address is None


def test_items_stand_in_order_and_short_ones_on_a_line() -> None:
    level = "uri://ed-fi.org/GradeLevelDescriptor#"
    document = {
        "gradeLevels": [
            {"gradeLevelDescriptor": level + "First grade"},
            {"gradeLevelDescriptor": level + "Two"},
        ],
        "addresses": [
            {"city": "Willow Creek", "postalCode": "00042", "periods": [{"beginDate": "2026-01-01"}]}
        ],
    }
    fields = {f.name: f for f in read_fields(TABLE, SCHOOL, document)}
    assert fields["gradeLevels"].is_plain_list
    assert [item[0].text for item in fields["gradeLevels"].items] == ["First grade", "Two"]
    assert not fields["addresses"].is_plain_list
    inner = {f.name: f for f in fields["addresses"].items[0]}
    assert inner["periods"].items[0][0].day == date(2026, 1, 1)


def test_every_label_is_plain_words() -> None:
    for resource in MODEL.documents:
        document = {p.name: "2026-01-01" for p in resource.properties}
        for field in read_fields(TABLE, resource, document):
            assert field.label, (resource.name, field.name)
            assert not field.label[0].islower(), (resource.name, field.label)


def test_a_title_names_every_part_of_the_key() -> None:
    document = {"entryDate": "2026-08-17", "schoolReference": {"schoolId": 7}}
    document |= {"studentReference": {"studentUniqueId": "S-1"}}
    assert set(key_text(ENROLLMENT, document).split(" · ")) == {"2026-08-17", "7", "S-1"}
    assert key_text(ENROLLMENT, {}) == ""


def test_only_what_differs_is_a_change() -> None:
    before = {
        "schoolId": 7,
        "nameOfInstitution": "Heron",
        "gradeLevels": [{"gradeLevelDescriptor": "u://x/y#One"}],
    }
    after = {"schoolId": 7, "nameOfInstitution": "Heron Hill", "webSite": "https://heron.example", "id": "1"}
    changes = changes_between(TABLE, SCHOOL, before, after)
    assert Change("Name of institution", "Heron", "Heron Hill") in changes
    assert Change("Grade levels", "One", None) in changes
    assert [c.after for c in changes if c.before is None] == ["https://heron.example"]
    assert len(changes) == 3
    assert changes_between(TABLE, SCHOOL, before, before) == []
