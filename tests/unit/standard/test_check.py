"""The explaining half of validation: what it forgives, what it says, that it agrees with the fast half."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.base.findings import Finding, Place
from homeroom.standard.check import parse_document, parse_mapping
from homeroom.standard.documents import DocumentType, compile_document, render_document
from homeroom.standard.model import Kind, Part, Property
from homeroom.standard.read import load_model

KindOf = Callable[[str, str], DocumentType]
WriteJson = Callable[[object], bytes]
Raw = dict[str, Any]

YEAR_LONG = {"schoolId": 1, "schoolYear": 2022}
GRADE = "uri://ed-fi.org/GradeLevelDescriptor#First grade"
ENROLLMENT: Raw = {
    "schoolReference": {"schoolId": 1},
    "studentReference": {"studentUniqueId": "S1"},
    "entryDate": "2021-08-23",
    "entryGradeLevelDescriptor": GRADE,
}
STUDENT: Raw = {"studentUniqueId": "S1", "birthDate": "2011-02-03", "firstName": "A", "lastSurname": "B"}
PERIOD: Raw = YEAR_LONG | {
    "gradingPeriodName": "Q1",
    "gradingPeriodDescriptor": "uri://ed-fi.org/GradingPeriodDescriptor#First",
}
SESSION: Raw = {
    "schoolReference": {"schoolId": 1},
    "schoolYearTypeReference": {"schoolYear": 2022},
    "sessionName": "Fall",
    "beginDate": "2021-08-01",
    "endDate": "2021-12-20",
    "termDescriptor": "uri://ed-fi.org/TermDescriptor#Fall",
    "totalInstructionalDays": 80,
    "gradingPeriods": [{"gradingPeriodReference": PERIOD}],
}
CLASS_PERIOD: Raw = {"classPeriodName": "P1", "schoolReference": {"schoolId": 1}}
SCHOOL: Raw = {
    "schoolId": 1,
    "nameOfInstitution": "North",
    "educationOrganizationCategories": [
        {
            "educationOrganizationCategoryDescriptor": (
                "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
            )
        }
    ],
    "gradeLevels": [{"gradeLevelDescriptor": GRADE}],
}
ASSESSMENT: Raw = {
    "studentAssessmentIdentifier": "A1",
    "assessmentReference": {"assessmentIdentifier": "T1", "namespace": "uri://ed-fi.org"},
    "studentReference": {"studentUniqueId": "S1"},
    "schoolYearTypeReference": {"schoolYear": 2022},
    "administrationDate": "2021-09-28T08:00:00Z",
}
CONTENT: Raw = {"contentIdentifier": "C", "namespace": "uri://x", "learningResourceMetadataURI": "uri://y"}
BASES: dict[str, Raw] = {
    "StudentSchoolAssociation": ENROLLMENT,
    "Student": STUDENT,
    "Session": SESSION,
    "ClassPeriod": CLASS_PERIOD,
    "School": SCHOOL,
    "StudentAssessment": ASSESSMENT,
    "EducationContent": CONTENT,
}


def changed(resource: str, path: str, value: object) -> Raw:
    """The resource's sound document with one member set, or taken out by `...`."""
    raw = copy.deepcopy(BASES[resource])
    holder: Any = raw
    *above, last = re.findall(r"\w+", path)
    for step in above:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return raw


@pytest.fixture
def told(
    kind_of: KindOf, write_json: WriteJson
) -> Callable[[str, object], list[tuple[str, str | None, str]]]:
    """Code, path and words of every finding of a document."""

    def tell(resource: str, raw: object) -> list[tuple[str, str | None, str]]:
        body = raw if isinstance(raw, bytes) else write_json(raw)
        found = parse_document(kind_of("5.2", resource), body)
        assert isinstance(found, tuple), "expected findings"
        assert all(f.remedy for f in found)
        return [(f.code, f.place.path, f.words) for f in found]

    return tell


@pytest.fixture
def read(kind_of: KindOf, write_json: WriteJson) -> Callable[[str, object], Any]:
    """The document, which must be accepted."""

    def parse(resource: str, raw: object) -> Any:
        body = raw if isinstance(raw, bytes) else write_json(raw)
        document = parse_document(kind_of("5.2", resource), body)
        assert not isinstance(document, tuple), document
        return document

    return parse


# One fault a line: resource, member, value (`...` takes it out), code, path (None: the member), words.
NOT_A_DESCRIPTOR = (
    "GradeLevelDescriptor value 'First grade' is not a valid value for use as a descriptor "
    "(a '#' is expected to delineate the namespace and code value portions)."
)
NO_CONTENT = (
    "One of these is required: LearningResourceMetadataURI or ShortDescription, Description, Authors, "
    "AdditionalAuthorsIndicator, Publisher, TimeRequired, InteractivityStyleDescriptor, "
    "ContentClassDescriptor, UseRightsURL, DerivativeSourceEducationContents, "
    "DerivativeSourceLearningResourceMetadataURIs, DerivativeSourceURIs, PublicationDate, PublicationYear, "
    "AppropriateSexes, AppropriateGradeLevels, Languages, Version, LearningStandardReference."
)
INVALID = "The supplied value is invalid."
ENROLLING = "StudentSchoolAssociation"
FAULTS: list[tuple[str, str, object, str, str | None, str]] = [
    ("Student", "birthDate", ..., "required", None, "BirthDate is required."),
    ("Student", "birthDate", None, "required", None, "BirthDate is required."),
    ("Student", "firstName", "", "required", None, "FirstName is required and should not be left empty."),
    ("Student", "firstName", "  ", "required", None, "FirstName is required and should not be left empty."),
    ("Student", "studentUniqueId", " ", "required", None,
     "StudentUniqueId is required and should not be left empty."),
    ("Student", "studentUniqueId", "S1 ", "blank_ends", None,
     "StudentUniqueId cannot contain leading or trailing spaces."),
    (ENROLLING, "studentReference.studentUniqueId", "\tS1", "blank_ends", None,
     "StudentUniqueId cannot contain leading or trailing spaces."),
    ("Student", "firstName", "x" * 76, "length", None, "FirstName must be at most 75 characters in length."),
    ("School", "webSite", "x", "length", None, "WebSite must be between 5 and 255 characters in length."),
    ("Student", "firstName", 5, "type", None, INVALID),
    ("Student", "firstName", "a\0b", "type", None, INVALID),
    ("Student", "birthDate", "2011-02-30", "type", None, INVALID),
    ("Student", "birthDate", "2011-02-03T00:00:00", "type", None, INVALID),
    ("Student", "birthDate", "02/03/2011", "type", None, INVALID),
    ("Student", "birthDate", 20110203, "type", None, INVALID),
    ("Student", "id", 7, "type", None, INVALID),
    ("Student", "multipleBirthStatus", 2, "type", None, "Unexpected value for boolean: 2 (type: Integer)"),
    ("Student", "multipleBirthStatus", "yes", "type", None,
     "Unexpected value for boolean: yes (type: String)"),
    ("Student", "multipleBirthStatus", 1.5, "type", None, "Unexpected value for boolean: 1.5 (type: Float)"),
    ("Student", "multipleBirthStatus", [], "type", None, INVALID),
    ("School", "schoolId", 0, "range", None, "SchoolId value must be different than 0."),
    ("School", "schoolId", "x", "type", None, INVALID),
    ("School", "schoolId", 1.5, "type", None, INVALID),
    ("School", "schoolId", True, "type", None, INVALID),
    ("School", "schoolId", 2**63, "range", None,
     "SchoolId must be between -9223372036854775808 and 9223372036854775807."),
    ("Session", "totalInstructionalDays", -1, "range", None,
     "TotalInstructionalDays must be between 0 and 2147483647."),
    (ENROLLING, "fullTimeEquivalency", 10, "range", None,
     "FullTimeEquivalency must be between 0 and 9.9999."),
    (ENROLLING, "fullTimeEquivalency", "NaN", "type", None, INVALID),
    (ENROLLING, "fullTimeEquivalency", {}, "type", None, INVALID),
    (ENROLLING, "schoolReference", ..., "required", None, "SchoolReference is required."),
    (ENROLLING, "schoolReference", "1", "type", None, INVALID),
    (ENROLLING, "schoolReference", {}, "reference.incomplete", None,
     "SchoolReference is missing the following properties: SchoolId"),
    (ENROLLING, "calendarReference", {"calendarCode": "C", "schoolYear": None},
     "reference.incomplete", None,
     "CalendarReference is missing the following properties: SchoolId, SchoolYear"),
    (ENROLLING, "entryGradeLevelDescriptor", "First grade", "descriptor.shape", None, NOT_A_DESCRIPTOR),
    (ENROLLING, "entryGradeLevelDescriptor", "", "required", None,
     "EntryGradeLevelDescriptor is required and should not be left empty."),
    (ENROLLING, "entryGradeLevelDescriptor", "#" * 307, "length", None,
     "EntryGradeLevelDescriptor must be at most 306 characters in length."),
    ("School", "gradeLevels", [], "empty_collection", None, "Collections must have at least one item."),
    ("School", "gradeLevels", ..., "empty_collection", None, "Collections must have at least one item."),
    ("School", "gradeLevels", None, "empty_collection", None, "Collections must have at least one item."),
    ("School", "gradeLevels", {"gradeLevelDescriptor": GRADE}, "type", None, INVALID),
    ("School", "gradeLevels", [None], "type", "$.gradeLevels[0]", INVALID),
    ("School", "gradeLevels", [{}], "required", "$.gradeLevels[0].gradeLevelDescriptor",
     "GradeLevelDescriptor is required."),
    ("School", "gradeLevels", [{"gradeLevelDescriptor": GRADE}, {"gradeLevelDescriptor": GRADE.upper()}],
     "duplicate_item", None,
     "The 2nd item of the GradeLevels has the same identifying values as another item earlier in the list."),
    ("ClassPeriod", "meetingTimes", [{"startTime": "24:00", "endTime": "10:00"}], "type",
     "$.meetingTimes[0].startTime", INVALID),
    ("StudentAssessment", "administrationDate", "yesterday", "type", None, INVALID),
    ("StudentAssessment", "administrationDate", "0001-01-01T00:00:00+05:00", "type", None, INVALID),
    ("StudentAssessment", "period", 5, "type", None, INVALID),
    ("EducationContent", "learningResourceMetadataURI", ..., "choice", "$", NO_CONTENT),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}-{fault[1]}-{fault[3]}")
def test_each_fault_is_told_with_its_path_in_the_apis_words(
    told: Any, fault: tuple[str, str, object, str, str | None, str]
) -> None:
    resource, member, value, code, path, words = fault
    assert told(resource, changed(resource, member, value)) == [(code, path or f"$.{member}", words)]


@pytest.mark.parametrize("resource", BASES)
def test_the_documents_that_the_faults_spoil_are_sound(read: Any, resource: str) -> None:
    read(resource, BASES[resource])


def test_every_fault_is_told_at_once(told: Any) -> None:
    raw = ENROLLMENT | {
        "entryDate": "x",
        "primarySchool": 7,
        "schoolReference": None,
        "classOfSchoolYear": [],
    }
    assert {path for _, path, _ in told("StudentSchoolAssociation", raw)} == {
        "$.schoolReference",
        "$.entryDate",
        "$.primarySchool",
    }


def test_unified_values_that_differ_are_told_on_every_path(told: Any) -> None:
    raw = changed("Session", "gradingPeriods.0.gradingPeriodReference.schoolId", 888)
    raw["schoolReference"]["schoolId"] = 777
    words = (
        "All values supplied for 'schoolId' must match. Review all references and align the following "
        "conflicting values: '777', '888'"
    )
    assert told("Session", raw) == [
        ("unified", "$.schoolReference.schoolId", words),
        ("unified", "$.gradingPeriods[0].gradingPeriodReference.schoolId", words),
    ]


def test_items_alike_but_for_a_descriptors_letter_case_repeat(told: Any) -> None:
    other = PERIOD | {"gradingPeriodDescriptor": PERIOD["gradingPeriodDescriptor"].upper()}
    raw = SESSION | {
        "gradingPeriods": [{"gradingPeriodReference": PERIOD}, {"gradingPeriodReference": other}]
    }
    assert [code for code, _, _ in told("Session", raw)] == ["duplicate_item"]


def test_sound_items_are_compared_although_another_is_faulty(told: Any) -> None:
    item = {"gradeLevelDescriptor": GRADE}
    raw = SCHOOL | {"gradeLevels": [item, {}, item]}
    assert [(code, words[:12]) for code, _, words in told("School", raw)] == [
        ("required", "GradeLevelDe"),
        ("duplicate_item", "The 3rd item"),
    ]


def test_a_repeated_item_far_down_has_its_ordinal(told: Any) -> None:
    items = [{"gradeLevelDescriptor": f"uri://x#{number}"} for number in range(10)]
    found = told("School", SCHOOL | {"gradeLevels": [*items, *items, *items]})
    ordinals = [words.split()[1] for _, _, words in found]
    assert ordinals[:4] == ["11th", "12th", "13th", "14th"]
    assert ordinals[10:13] == ["21st", "22nd", "23rd"]


def test_clashing_choices_name_both_alternatives(told: Any) -> None:
    raw = CONTENT | {"shortDescription": "S", "publisher": "P"}
    words = "Either LearningResourceMetadataURI or ShortDescription, Publisher may be given, not both."
    assert told("EducationContent", raw) == [
        ("choice", "$.learningResourceMetadataURI", words),
        ("choice", "$.shortDescription", words),
    ]


# One pardon a line: resource, member, what is sent, what it means.
PARDONS: list[tuple[str, str, object, object]] = [
    ("Student", "multipleBirthStatus", "TRUE", True),
    ("Student", "multipleBirthStatus", "False", False),
    ("Student", "multipleBirthStatus", "1", True),
    ("Student", "multipleBirthStatus", "0", False),
    ("Student", "multipleBirthStatus", 1, True),
    ("Student", "multipleBirthStatus", 0, False),
    ("Student", "multipleBirthStatus", None, None),
    ("School", "schoolId", "255901", 255901),
    ("School", "schoolId", 3.0, 3),
    ("School", "addresses", None, None),
    ("Session", "totalInstructionalDays", "0080", 80),
    ("StudentSchoolAssociation", "fullTimeEquivalency", "0.5", Decimal("0.5")),
    ("StudentSchoolAssociation", "fullTimeEquivalency", "1e-1", Decimal("0.1")),
    ("StudentSchoolAssociation", "calendarReference", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "member", "sent", "meant"), PARDONS)
def test_what_the_api_forgives_is_forgiven(
    read: Any, resource: str, member: str, sent: object, meant: object
) -> None:
    value = getattr(read(resource, changed(resource, member, sent)), member)
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2021-09-28", datetime(2021, 9, 28, tzinfo=UTC)),
        ("2021-09-28T08:00", datetime(2021, 9, 28, 8, tzinfo=UTC)),
        ("2021-09-28T08:00:00.5", datetime(2021, 9, 28, 8, 0, 0, 500000, UTC)),
        ("2021-09-28T08:00+02:00", datetime(2021, 9, 28, 6, tzinfo=UTC)),
    ],
)
def test_moments_without_zone_are_utc(read: Any, sent: str, meant: datetime) -> None:
    assert read("StudentAssessment", ASSESSMENT | {"administrationDate": sent}).administrationDate == meant


@pytest.mark.parametrize("sent", ["08:30", "08:30:00", "08:30Z", "08:30:00+02:00", "08:30:00-0500"])
def test_times_lose_their_zone(read: Any, sent: str) -> None:
    raw = CLASS_PERIOD | {"meetingTimes": [{"startTime": sent, "endTime": "09:00"}]}
    assert read("ClassPeriod", raw).meetingTimes[0].startTime == time(8, 30)


@pytest.mark.parametrize(("sent", "kept"), [(0.123451, "0.1235"), (0.12345, "0.1234"), (0.12355, "0.1236")])
def test_decimals_are_rounded_half_even_to_their_scale(read: Any, sent: float, kept: str) -> None:
    scale = 4
    document = read("StudentSchoolAssociation", ENROLLMENT | {"fullTimeEquivalency": sent})
    assert str(document.fullTimeEquivalency) == kept
    assert len(kept) == scale + 2


def test_names_in_any_case_and_unknown_members_are_forgiven(read: Any) -> None:
    raw = {
        "SCHOOLREFERENCE": {"SchoolID": 1, "link": {"rel": "School", "href": "/x"}, "extra": 1},
        "StudentReference": {"studentUniqueId": "S1"},
        "EntryDate": "2021-08-23",
        "entrygradeleveldescriptor": GRADE,
        "unheardOf": {"a": [1, {"b": None}]},
        "_etag": "5",
        "_lastModifiedDate": "2021-08-23T00:00:00Z",
        "ID": "abc",
    }
    document = read("StudentSchoolAssociation", raw)
    assert document == read("StudentSchoolAssociation", ENROLLMENT | {"id": "abc"})


def test_of_repeated_members_the_last_wins(read: Any) -> None:
    body = (
        b'{"studentUniqueId":"S1","birthDate":"x","firstName":"A","lastSurname":"B","BirthDate":"2011-02-03"}'
    )
    assert read("Student", body).birthDate == date(2011, 2, 3)


def test_a_byte_order_mark_is_forgiven(read: Any, write_json: WriteJson) -> None:
    assert read("Student", b"\xef\xbb\xbf" + write_json(STUDENT)) == read("Student", STUDENT)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b'{"a":', "Expecting value: line 1 column 6 (char 5)"),
        (b'{"birthDate":NaN}', "NaN is not a JSON value"),
        (b'{"birthDate":-Infinity}', "-Infinity is not a JSON value"),
        (b'{"birthDate":"\xff"}', "The document is not encoded as UTF-8."),
        ('{"birthDate":1}'.encode("utf-16"), "The document is not encoded as UTF-8."),
        (b"[" * 100_000 + b"]" * 100_000, "The document is nested too deeply."),
        (b'{"x":' * 100_000 + b"1" + b"}" * 100_000, "The document is nested too deeply."),
    ],
    ids=["empty", "cut", "nan", "infinity", "latin", "utf-16", "deep-arrays", "deep-objects"],
)
def test_malformed_json_is_told_in_the_parsers_words(told: Any, body: bytes, words: str) -> None:
    assert told("Student", body) == [("json.malformed", "$", words)]


@pytest.mark.parametrize("body", [b"[]", b"5", b'"x"', b"null", b"[{}]"])
def test_a_body_that_is_no_object_is_told(told: Any, body: bytes) -> None:
    assert told("Student", body) == [("type", "$", "The supplied value is invalid.")]


@pytest.mark.parametrize("text", [rb"\u0000", rb"\ud800", rb"\udc00x", rb"\ud800\ud800"])
def test_texts_that_cannot_be_stored_are_refused(told: Any, write_json: WriteJson, text: bytes) -> None:
    body = write_json(STUDENT | {"firstName": "HERE"}).replace(b"HERE", b"a" + text)
    assert told("Student", body) == [("type", "$.firstName", "The supplied value is invalid.")]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (b"1e400", "range"),
        (b"-1e999999", "range"),
        (b"1e99999999999999999999", "type"),
        (b"9" * 10_000, "range"),
        (b"1e-999999999", "type"),
    ],
    ids=["large", "low", "beyond-decimal", "long", "small"],
)
def test_monstrous_numbers_are_refused(told: Any, write_json: WriteJson, number: bytes, code: str) -> None:
    body = write_json(SCHOOL | {"schoolId": "HERE"}).replace(b'"HERE"', number)
    assert [(code, path) for code, path, _ in told("School", body)] == [(code, "$.schoolId")]


def test_findings_keep_the_place_of_their_record(kind_of: KindOf) -> None:
    place = Place(file="students.jsonl", line=7)
    [found] = parse_document(kind_of("5.2", "Student"), b"[]", place=place)  # type: ignore[misc]
    assert found.place == replace(place, path="$")


def test_the_sound_document_of_a_slow_way_equals_that_of_the_fast(read: Any) -> None:
    assert read("Session", {k.upper(): v for k, v in SESSION.items()}) == read("Session", SESSION)


def test_extensions_are_walked_like_the_rest(write_json: WriteJson) -> None:
    model = load_model("5.2")
    pet = Part(
        "pets",
        "StudentPet",
        is_collection=True,
        properties=(Property("petName", Kind.STRING, max_length=20, is_required=True, is_identity=True),),
        key=("petName",),
    )
    part = Part("sample", "StudentExtension", is_collection=False, parts=(pet,))
    kind = compile_document(model, replace(model.resources["Student"], extensions=(part,)))
    raw = STUDENT | {"_ext": {"Sample": {"Pets": [{"petName": "Rex"}, {"petname": None}]}}}
    [found] = parse_document(kind, write_json(raw))  # type: ignore[misc]
    assert (found.code, found.place.path) == ("required", "$._ext.sample.pets[1].petName")
    raw["_ext"]["Sample"]["Pets"].pop()
    document: Any = parse_document(kind, write_json(raw))
    assert document._ext.sample.pets[0].petName == "Rex"


def test_a_mapping_may_hold_dates_and_decimals_already(kind_of: KindOf) -> None:
    kind = kind_of("5.2", "StudentSchoolAssociation")
    raw = ENROLLMENT | {"entryDate": date(2021, 8, 23), "fullTimeEquivalency": 0.5, "primarySchool": "true"}
    document: Any = parse_mapping(kind, raw, trims_blanks=False)
    assert (document.entryDate, document.fullTimeEquivalency) == (date(2021, 8, 23), Decimal("0.5"))
    naive = ASSESSMENT | {"administrationDate": datetime(2021, 9, 28, 8)}  # noqa: DTZ001
    taken: Any = parse_mapping(kind_of("5.2", "StudentAssessment"), naive, trims_blanks=False)
    assert taken.administrationDate == datetime(2021, 9, 28, 8, tzinfo=UTC)


def test_blanks_at_the_ends_are_trimmed_only_when_asked(kind_of: KindOf) -> None:
    kind = kind_of("5.2", "Student")
    raw = STUDENT | {"studentUniqueId": " S1 ", "firstName": "A  "}
    trimmed: Any = parse_mapping(kind, raw, trims_blanks=True)
    assert (trimmed.studentUniqueId, trimmed.firstName) == ("S1", "A")
    [found] = parse_mapping(kind, raw, trims_blanks=False)  # type: ignore[misc]
    assert (found.code, found.place.path) == ("blank_ends", "$.studentUniqueId")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_a_mapping_with_texts_that_cannot_be_stored_is_refused(kind_of: KindOf, text: str) -> None:
    found = parse_mapping(kind_of("5.2", "Student"), STUDENT | {"firstName": text}, trims_blanks=False)
    assert [(f.code, f.place.path) for f in found] == [("type", "$.firstName")]  # type: ignore[attr-defined]


def test_a_mapping_nested_too_deep_is_refused(kind_of: KindOf) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    found = parse_mapping(kind_of("5.2", "Student"), STUDENT | {"x": deep}, trims_blanks=True)
    assert [f.code for f in found] == ["json.malformed"]  # type: ignore[attr-defined]


def test_every_code_is_documented() -> None:
    root = Path(__file__).parents[3]
    codes = set(re.findall(r'Fault\(\s*"([a-z_.]+)"', "".join(
        (root / f"src/homeroom/standard/{name}.py").read_text() for name in ("check", "coerce")
    )))  # fmt: skip
    documented = (root / "docs/reference/findings.md").read_text()
    assert len(codes) == 12
    assert [code for code in codes if f"`{code}`" not in documented] == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_mapping_gives_the_struct_of_the_same_document(
    any_sample: Any, write_json: WriteJson, data: Any
) -> None:
    kind, raw = data.draw(any_sample)
    decoded = kind.decode(write_json(raw))
    assert parse_mapping(kind, raw, trims_blanks=False) == decoded
    assert parse_document(kind, write_json(raw)) == decoded


@pytest.mark.parametrize("seed", [11, 12])
def test_both_halves_agree_on_sound_documents_of_every_resource(
    samples_of_every_resource: Any, write_json: WriteJson, seed: int
) -> None:
    """Another letter case drives every document through the explaining walk."""
    for kind, raw in samples_of_every_resource(seed):
        assert parse_document(kind, write_json(_in_upper_case(raw))) == kind.decode(write_json(raw)), (
            kind.resource.name
        )


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_spoilt_document_is_mended_or_explained(any_sample: Any, write_json: WriteJson, data: Any) -> None:
    kind, raw = data.draw(any_sample)
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(raw, data)
    for found in (
        parse_document(kind, write_json(raw)),
        parse_mapping(kind, raw, trims_blanks=False),
        parse_mapping(kind, raw, trims_blanks=True),
    ):
        if isinstance(found, tuple):
            assert found
            assert all(
                isinstance(f, Finding) and f.place.path and f.place.path.startswith("$") for f in found
            )
        else:
            assert kind.is_coherent(found)
            assert kind.decode(render_document(found)) == found


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_the_fast_way_refuses_is_refused_or_mended_to_what_it_accepts(
    any_sample: Any, write_json: WriteJson, data: Any
) -> None:
    kind, raw = data.draw(any_sample)
    _spoil(raw, data)
    body = write_json(raw)
    found = parse_document(kind, body)
    if b"\\u0000" in body:
        return
    try:
        decoded = kind.decode(body)
    except msgspec.DecodeError:
        return
    assert kind.is_coherent(decoded) == (not isinstance(found, tuple) and found == decoded)


@settings(max_examples=200, deadline=None)
@given(
    body=st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0dabe1-.EntraIf ', max_size=60).map(str.encode)
)
def test_no_body_raises(kind_of: KindOf, body: bytes) -> None:
    parse_document(kind_of("5.2", "Student"), body)


SPOILS: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
    st.text("x ", min_size=200, max_size=400),
    st.sampled_from(["true", "0", "08:30", "2021-09-28", "1e5", "NaN", "a#b", " a ", "", "1_0", "\0"]),
    st.sampled_from([[], {}, [None], [[]], [{}], {"a": 1}]),
)


def _spoil(raw: Raw, data: Any) -> None:
    places = list(_places(raw))
    if not places:
        return  # an earlier spoiling has dropped the last member
    holder, name = data.draw(st.sampled_from(places))
    match data.draw(st.sampled_from(["replace", "drop", "rename", "repeat"])):
        case "replace":
            holder[name] = data.draw(SPOILS)
        case "drop":
            del holder[name]
        case "rename":
            value = holder.pop(name)
            holder[data.draw(st.sampled_from([name.upper(), name.lower(), name + "x"]))] = value
        case "repeat" if isinstance(holder[name], list):
            holder[name] = holder[name] * 2


def _places(node: object) -> Iterator[tuple[Raw, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield node, name
            yield from _places(value)
    elif isinstance(node, list):
        for item in node:
            yield from _places(item)


def _in_upper_case(node: object) -> object:
    if isinstance(node, dict):
        return {name.upper(): _in_upper_case(value) for name, value in node.items()}
    return [_in_upper_case(item) for item in node] if isinstance(node, list) else node
