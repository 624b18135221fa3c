"""The fast half of validation: valid documents of every resource pass, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.standard.documents import DocumentType, render_document
from homeroom.standard.limits import decimal_limits
from homeroom.standard.model import Kind, Property

KindOf = Callable[[str, str], DocumentType]
WriteJson = Callable[[object], bytes]


@pytest.mark.parametrize("seed", range(3))
def test_valid_documents_of_every_resource_are_accepted_and_round_trip(
    samples_of_every_resource: Any, write_json: WriteJson, seed: int
) -> None:
    for kind, raw in samples_of_every_resource(seed):
        document = kind.decode(write_json(raw))
        assert kind.is_coherent(document), kind.resource.name
        rendered = render_document(document)
        assert kind.decode(rendered) == document
        assert render_document(kind.decode(rendered)) == rendered


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_document_keeps_every_value_that_was_sent(
    any_sample: Any, write_json: WriteJson, data: Any
) -> None:
    kind, raw = data.draw(any_sample)
    rendered = msgspec.json.decode(render_document(kind.decode(write_json(raw))))
    assert _plain(rendered) == _plain(msgspec.json.decode(write_json(raw)))


def _plain(value: object) -> object:
    """Values with `Z` written as `+00:00`: both are the same moment."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return (
        value.removesuffix("Z") + "+00:00"
        if isinstance(value, str) and value[10:11] == "T" and value[-1] == "Z"
        else value
    )


def test_members_stand_in_the_standards_order(kind_of: KindOf) -> None:
    kind = kind_of("5.2", "Student")
    body = b'{"lastSurname":"B","firstName":"A","birthDate":"2011-02-03","studentUniqueId":"1"}'
    expected = b'{"birthDate":"2011-02-03","firstName":"A","lastSurname":"B","studentUniqueId":"1"}'
    assert render_document(kind.decode(body)) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"studentUniqueId": " 1"},
        {"studentUniqueId": ""},
        {"studentUniqueId": "x" * 33},
        {"firstName": ""},
        {"birthDate": "2011-02-03T00:00:00"},
        {"birthDate": None},
        {"FirstName": "A"},
        {"multipleBirthStatus": "true"},
        {"unknown": 1},
    ],
)
def test_the_fast_way_refuses_what_is_not_in_the_standards_spelling(
    kind_of: KindOf, write_json: WriteJson, changed: dict[str, object]
) -> None:
    student = {"studentUniqueId": "1", "birthDate": "2011-02-03", "firstName": "A", "lastSurname": "B"}
    kind = kind_of("5.2", "Student")
    kind.decode(write_json(student))
    with pytest.raises(msgspec.ValidationError):
        kind.decode(write_json(student | changed))


SESSION = {
    "schoolReference": {"schoolId": 1},
    "schoolYearTypeReference": {"schoolYear": 2022},
    "sessionName": "Fall",
    "beginDate": "2021-08-01",
    "endDate": "2021-12-20",
    "termDescriptor": "uri://ed-fi.org/TermDescriptor#Fall",
    "totalInstructionalDays": 80,
}
PERIOD = {"schoolId": 1, "schoolYear": 2022, "gradingPeriodName": "Q1"}
PERIOD |= {"gradingPeriodDescriptor": "uri://ed-fi.org/GradingPeriodDescriptor#First"}


@pytest.mark.parametrize(
    "changed",
    [
        {"schoolReference": {"schoolId": 0}},
        {"sessionName": "Fall", "termDescriptor": "Fall"},
        {"gradingPeriods": [{"gradingPeriodReference": PERIOD | {"schoolId": 2}}]},
        {"gradingPeriods": [{"gradingPeriodReference": PERIOD}] * 2},
        {
            "gradingPeriods": [
                {"gradingPeriodReference": PERIOD},
                {
                    "gradingPeriodReference": PERIOD
                    | {"gradingPeriodDescriptor": "URI://ed-fi.org/GradingPeriodDescriptor#first"}
                },
            ]
        },
    ],
)
def test_what_types_cannot_say_is_incoherent(
    kind_of: KindOf, write_json: WriteJson, changed: dict[str, object]
) -> None:
    kind = kind_of("5.2", "Session")
    sound = SESSION | {"gradingPeriods": [{"gradingPeriodReference": PERIOD}]}
    assert kind.is_coherent(kind.decode(write_json(sound)))
    assert not kind.is_coherent(kind.decode(write_json(sound | changed)))


@pytest.mark.parametrize("hours", ["NaN", "sNaN", "Infinity", "1E+2", "0E+9999", "1.12345", "1E+40"])
def test_decimals_that_no_database_takes_are_incoherent(
    kind_of: KindOf, write_json: WriteJson, hours: str
) -> None:
    kind = kind_of("5.2", "StudentProgramAttendanceEvent")
    raw = {
        "studentReference": {"studentUniqueId": "1"},
        "educationOrganizationReference": {"educationOrganizationId": 1},
        "programReference": {
            "educationOrganizationId": 1,
            "programName": "P",
            "programTypeDescriptor": "uri://ed-fi.org/ProgramTypeDescriptor#Bilingual",
        },
        "eventDate": "2021-09-01",
        "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#Present",
        "eventDuration": "0.5",
    }
    assert kind.is_coherent(kind.decode(write_json(raw)))
    assert not kind.is_coherent(kind.decode(write_json(raw | {"eventDuration": hours})))


def test_the_limits_of_a_long_decimal_are_exact() -> None:
    low, high, scale = decimal_limits(Property("long", Kind.DECIMAL, precision=36, scale=18))
    assert str(high) == "9" * 18 + "." + "9" * 18
    assert (low, scale) == (high.copy_negate(), 18)


def test_choices_inside_a_part_are_seen(kind_of: KindOf, write_json: WriteJson) -> None:
    kind = kind_of("5.2", "Assessment")
    raw: dict[str, Any] = {
        "assessmentIdentifier": "A",
        "namespace": "uri://ed-fi.org",
        "assessmentTitle": "T",
        "academicSubjects": [
            {"academicSubjectDescriptor": "uri://ed-fi.org/AcademicSubjectDescriptor#Reading"}
        ],
        "contentStandard": {"title": "C", "publicationYear": 2020},
    }
    assert kind.is_coherent(kind.decode(write_json(raw)))
    raw["contentStandard"]["publicationDate"] = "2020-01-01"
    assert not kind.is_coherent(kind.decode(write_json(raw)))


def test_an_empty_collection_takes_no_alternative(kind_of: KindOf, write_json: WriteJson) -> None:
    kind = kind_of("5.2", "EducationContent")
    raw = {
        "contentIdentifier": "C",
        "namespace": "uri://x",
        "learningResourceMetadataURI": "uri://y",
        "authors": [],
    }
    assert kind.is_coherent(kind.decode(write_json(raw)))
    assert not kind.is_coherent(kind.decode(write_json(raw | {"authors": [{"author": "A"}]})))


def test_descriptors_and_references_are_walked_to_their_holders(
    kind_of: KindOf, write_json: WriteJson
) -> None:
    kind = kind_of("5.2", "Session")
    document = kind.decode(write_json(SESSION | {"gradingPeriods": [{"gradingPeriodReference": PERIOD}]}))
    term = SESSION["termDescriptor"]
    known = {"TermDescriptor": {term: (7, term)}, "GradingPeriodDescriptor": {}}
    described, strays = kind.descriptors(document, known)
    assert [(kind.slots[n].path, i) for n, i in described] == [("$.termDescriptor", 7)]
    assert [(kind.slots[n].path, getattr(holder, member)) for n, holder, member in strays] == [
        (
            "$.gradingPeriods[*].gradingPeriodReference.gradingPeriodDescriptor",
            PERIOD["gradingPeriodDescriptor"],
        )
    ]
    [(number, holder)] = kind.references(document)
    nested = kind.nested[number]
    assert (nested.target, nested.path) == ("GradingPeriod", "$.gradingPeriods[*].gradingPeriodReference")
    assert {m: getattr(holder, m) for m in nested.members} == PERIOD


def test_decimals_are_written_as_numbers(kind_of: KindOf) -> None:
    kind = kind_of("5.2", "StudentSchoolAssociation")
    body = (
        b'{"schoolReference":{"schoolId":1},"studentReference":{"studentUniqueId":"1"},'
        b'"entryDate":"2021-08-01","fullTimeEquivalency":0.50,'
        b'"entryGradeLevelDescriptor":"uri://ed-fi.org/GradeLevelDescriptor#First grade"}'
    )
    document = kind.decode(body)
    assert document.fullTimeEquivalency == Decimal("0.5")  # type: ignore[attr-defined]
    assert b'"fullTimeEquivalency":0.50' in render_document(document)


def test_what_the_server_says_of_a_record_is_taken_out(kind_of: KindOf, write_json: WriteJson) -> None:
    kind = kind_of("5.2", "Session")
    link = {"rel": "GradingPeriod", "href": "/ed-fi/gradingPeriods/1"}
    periods = [{"gradingPeriodReference": PERIOD | {"link": link}}]
    sent = SESSION | {"id": "1", "_etag": "1-0", "_lastModifiedDate": "2026", "gradingPeriods": periods}
    document = kind.decode(write_json(sent))
    kind.drop_foreign(document)
    plain = kind.decode(write_json(SESSION | {"gradingPeriods": [{"gradingPeriodReference": PERIOD}]}))
    assert document == plain
