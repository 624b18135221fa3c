"""The rules of the inBloom mapping, one by one, on records written here."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
import pytest

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding, Severity
from homeroom.interop.edfi_xml import reads_edfi
from homeroom.interop.inbloom_directory import Directory, HashedOrganizationNumbers
from homeroom.interop.inbloom_mapping import load_inbloom_mapping, parse_inbloom_mapping
from homeroom.interop.inbloom_plans import EntityCompiler
from homeroom.interop.inbloom_xml import InbloomReader, reads_inbloom
from homeroom.interop.xml_record import Document, XmlItem, XmlRecord, XmlReject
from homeroom.interop.xml_stream import Heading
from homeroom.standard.model import Model


@dataclass(frozen=True)
class Text:
    """A file of a package, from a string."""

    body: str
    name: str = "f.xml"

    def open(self) -> BinaryIO:
        return io.BytesIO(f'<Interchange xmlns="http://ed-fi.org/0100">{self.body}</Interchange>'.encode())


_MAPPING = load_inbloom_mapping()


def _read(model: Model, *bodies: str, directory: Directory | None = None) -> list[XmlItem]:
    files = [Text(body, f"{number}.xml") for number, body in enumerate(bodies)]
    return list(InbloomReader(model, directory=directory, mapping=_MAPPING).read_package(files))


def _documents(items: list[XmlItem], resource: str) -> list[Document]:
    return [item.document for item in items if isinstance(item, XmlRecord) and item.resource == resource]


def _findings(items: list[XmlItem]) -> list[str]:
    return [item.code for item in items if isinstance(item, Finding)]


def _reject_codes(items: list[XmlItem]) -> list[list[str]]:
    errors = Severity.ERROR
    return [[f.code for f in i.findings if f.severity is errors] for i in items if isinstance(i, XmlReject)]


def _org(name: str, *, category: str = "School", parent: str = "") -> str:
    above = (
        f"<ParentEducationAgencyReference>{_identity(parent)}</ParentEducationAgencyReference>"
        if parent
        else ""
    )
    return (
        f"<EducationOrganization><StateOrganizationId>{name}</StateOrganizationId><NameOfInstitution>{name}"
        "</NameOfInstitution><OrganizationCategories><OrganizationCategory>"
        f"{category}</OrganizationCategory></OrganizationCategories>{above}"
        "<GradesOffered><GradeLevel>First grade</GradeLevel></GradesOffered></EducationOrganization>"
    )


def _identity(org: str) -> str:
    return (
        f"<EducationalOrgIdentity><StateOrganizationId>{org}</StateOrganizationId></EducationalOrgIdentity>"
    )


def _student(number: str, *, more: str = "") -> str:
    return (
        f"<Student><StudentUniqueStateId>{number}</StudentUniqueStateId><Name><FirstName>Ada</FirstName>"
        "<LastSurname>Moss</LastSurname></Name><BirthData><BirthDate>2001-02-03</BirthDate></BirthData>"
        f"{more}</Student>"
    )


def _student_reference(number: str) -> str:
    return (
        f"<StudentReference><StudentIdentity><StudentUniqueStateId>{number}</StudentUniqueStateId>"
        "</StudentIdentity></StudentReference>"
    )


def _enrollment(number: str, school: str, entry: str) -> str:
    return (
        f"<StudentSchoolAssociation>{_student_reference(number)}"
        f"<SchoolReference>{_identity(school)}</SchoolReference>"
        f"<EntryDate>{entry}</EntryDate><EntryGradeLevel>First grade</EntryGradeLevel>"
        "</StudentSchoolAssociation>"
    )


def _session(name: str, org: str, begin: str, end: str) -> str:
    return (
        f"<Session><SessionName>{name}</SessionName><SchoolYear>2011-2012</SchoolYear>"
        f"<Term>Fall Semester</Term><BeginDate>{begin}</BeginDate><EndDate>{end}</EndDate>"
        "<TotalInstructionalDays>75</TotalInstructionalDays>"
        f"<EducationOrganizationReference>{_identity(org)}</EducationOrganizationReference></Session>"
    )


def _event(day: str, school: str) -> str:
    return (
        f"<AttendanceEvent><EventDate>{day}</EventDate>"
        f"<AttendanceEventCategory>Tardy</AttendanceEventCategory>{_student_reference('1')}<SchoolReference>{_identity(school)}</SchoolReference></AttendanceEvent>"
    )


def test_every_entity_of_the_mapping_compiles_against_the_standard(model: Model) -> None:
    compiler = EntityCompiler(model, _MAPPING, namespace="")
    plans = {name: compiler.plan_for(name) for name in _MAPPING.entities}
    assert len(plans) > 50
    assert all(plans.values())


def test_mapping_that_names_a_member_the_standard_lacks_is_refused(model: Model) -> None:
    mapping = parse_inbloom_mapping(
        "{namespace: 'uri://x', concepts: {}, values: {}, entities: {Student: {records: [{resource: Student,"
        " members: {shoeSize: Shoe}}]}}}"
    )
    with pytest.raises(SettingsError, match="shoeSize"):
        EntityCompiler(model, mapping, namespace="").plan_for("Student")


def test_mapping_with_an_unknown_word_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="colour"):
        parse_inbloom_mapping("{namespace: x, concepts: {}, values: {}, entities: {}, colour: red}")


def test_organisation_numbers_are_stable_and_plain_numbers_stay() -> None:
    numbers = HashedOrganizationNumbers()
    assert numbers.number_for("255901001") == 255901001
    assert numbers.number_for("East Daybreak Junior High") == numbers.number_for("East Daybreak Junior High")
    hashed = [numbers.number_for(text) for text in ("East", "0255901001", "12345678901234567890", "IL")]
    assert len(set(hashed)) == 4
    assert all(4_000_000_000_000_000 <= number < 5_000_000_000_000_000 for number in hashed)


def test_organisations_keep_their_text_and_find_their_agency(model: Model) -> None:
    items = _read(
        model,
        _org("East", parent="District")
        + _org("District", category="Local Education Agency", parent="State")
        + _org("State", category="State Education Agency"),
    )
    (school,), (district,) = _documents(items, "School"), _documents(items, "LocalEducationAgency")
    assert school["localEducationAgencyReference"] == {
        "localEducationAgencyId": district["localEducationAgencyId"]
    }
    system = "EducationOrganizationIdentificationSystemDescriptor"
    assert school["identificationCodes"] == [
        {
            "identificationCode": "East",
            f"e{system[1:]}": f"uri://inbloom.org/{system}#inBloom StateOrganizationId",
        }
    ]
    assert "inbloom.default" in _findings(items)  # the kind of agency


def test_description_of_a_student_goes_to_the_newest_school(model: Model) -> None:
    enrollments = _enrollment("1", "Old", "2009-09-01") + _enrollment("1", "New", "2011-09-01")
    items = _read(model, _student("1", more="<Sex>Female</Sex>"), enrollments)
    (home,) = _documents(items, "StudentEducationOrganizationAssociation")
    assert home["educationOrganizationReference"] == {
        "educationOrganizationId": HashedOrganizationNumbers().number_for("New")
    }
    assert home["sexDescriptor"] == "uri://ed-fi.org/SexDescriptor#Female"


def test_student_without_a_school_is_read_without_the_description_and_said_so(model: Model) -> None:
    items = _read(model, _student("1"))
    assert len(_documents(items, "Student")) == 1
    assert _findings(items) == ["inbloom.missing"]
    assert _reject_codes(items) == []


def test_what_the_standard_requires_is_never_invented(model: Model) -> None:
    items = _read(model, _student("1").replace("<BirthDate>2001-02-03</BirthDate>", ""))
    assert _documents(items, "Student") == []
    assert _reject_codes(items) == [["inbloom.missing"]]


def test_value_outside_a_closed_list_is_a_fault(model: Model) -> None:
    items = _read(model, _student("1", more="<Sex>Boy</Sex>"))
    assert _reject_codes(items) == [["xml.wrong_type"]]


def test_value_the_standard_lacks_becomes_a_descriptor_once_and_before_its_use(model: Model) -> None:
    language = "<Languages><Language>Klingonese</Language></Languages>"
    students = _student("1", more=language) + _student("2", more=language)
    items = _read(model, students, _enrollment("1", "A", "2011-09-01") + _enrollment("2", "A", "2011-09-01"))
    names = [item.resource for item in items if isinstance(item, XmlRecord)]
    assert names.count("LanguageDescriptor") == 1
    assert names.index("LanguageDescriptor") < names.index("StudentEducationOrganizationAssociation")
    assert _documents(items, "LanguageDescriptor")[0]["namespace"] == "uri://inbloom.org/LanguageDescriptor"


def test_value_longer_than_a_code_is_cut_and_told_apart(model: Model) -> None:
    long = "Transferred to another district or school, not known to be continuing"
    languages = f"<Languages><Language>{long} A</Language><Language>{long} B</Language></Languages>"
    items = _read(model, _student("1", more=languages), _enrollment("1", "A", "2011-09-01"))
    codes = [str(document["codeValue"]) for document in _documents(items, "LanguageDescriptor")]
    assert len(set(codes)) == 2
    assert max(map(len, codes)) <= 50


def test_attendance_without_a_session_gets_the_one_of_its_day(model: Model) -> None:
    sessions = _session("Fall", "East", "2011-09-06", "2011-12-16") + _session(
        "Spring", "East", "2012-01-02", "2012-05-30"
    )
    items = _read(model, _event("2012-01-02", "East") + _event("2011-12-16", "East"), sessions)
    events = _documents(items, "StudentSchoolAttendanceEvent")
    references = [event["sessionReference"] for event in events]
    assert [r["sessionName"] for r in references if isinstance(r, dict)] == ["Spring", "Fall"]


def test_attendance_of_two_sessions_takes_the_first_and_says_so(model: Model) -> None:
    sessions = _session("B", "East", "2011-09-06", "2011-12-16") + _session(
        "A", "East", "2011-09-06", "2011-12-16"
    )
    items = _read(model, sessions + _event("2011-09-06", "East"))
    assert "inbloom.several_sessions" in _findings(items)
    (event,) = _documents(items, "StudentSchoolAttendanceEvent")
    assert isinstance(event["sessionReference"], dict)
    assert event["sessionReference"]["sessionName"] == "A"


def test_attendance_outside_every_session_is_rejected(model: Model) -> None:
    items = _read(model, _session("Fall", "East", "2011-09-06", "2011-12-16") + _event("2011-12-17", "East"))
    assert _reject_codes(items) == [["inbloom.missing"]]


def test_session_of_a_district_is_rejected_with_the_reason(model: Model) -> None:
    district = _org("District", category="Local Education Agency")
    items = _read(model, district + _session("Fall", "District", "2011-09-06", "2011-12-16"))
    assert _reject_codes(items) == [["inbloom.wrong_organization", "inbloom.missing"]]


def test_later_package_refers_to_what_an_earlier_one_held(model: Model) -> None:
    first = InbloomReader(model)
    list(first.read_package([Text(_session("Fall", "East", "2011-09-06", "2011-12-16"))]))
    kept = Directory.parse(first.directory.render())
    event = _event("2011-09-07", "East")
    assert len(_documents(_read(model, event, directory=kept), "StudentSchoolAttendanceEvent")) == 1
    assert _reject_codes(_read(model, event)) == [["inbloom.missing"]]


def test_reference_that_is_found_nowhere_names_what_was_meant(model: Model) -> None:
    period = (
        f"<GradingPeriodReference><GradingPeriodIdentity><EducationalOrgReference>{_identity('East')}"
        "</EducationalOrgReference><GradingPeriod>End of Year</GradingPeriod>"
        "<BeginDate>2011-05-27</BeginDate>"
        "</GradingPeriodIdentity></GradingPeriodReference>"
    )
    session = _session("Fall", "East", "2011-09-06", "2011-12-16").replace(
        "</Session>", f"{period}</Session>"
    )
    items = _read(model, session)
    (finding,) = [item for item in items if isinstance(item, Finding)]
    assert finding.code == "inbloom.unknown_reference"
    assert "East, End of Year, 2011-05-27" in finding.words
    assert "gradingPeriods" not in _documents(items, "Session")[0]


def test_grading_period_of_another_school_is_left_out_of_a_session(model: Model) -> None:
    period = (
        "<GradingPeriod><GradingPeriod>End of Year</GradingPeriod><SchoolYear>2011-2012</SchoolYear>"
        f"<EducationOrganizationReference>{_identity('West')}</EducationOrganizationReference>"
        "<BeginDate>2011-05-27</BeginDate><EndDate>2011-05-28</EndDate>"
        "<TotalInstructionalDays>1</TotalInstructionalDays></GradingPeriod>"
    )
    reference = (
        f"<GradingPeriodReference><GradingPeriodIdentity><EducationalOrgReference>{_identity('West')}"
        "</EducationalOrgReference><GradingPeriod>End of Year</GradingPeriod>"
        "<BeginDate>2011-05-27</BeginDate>"
        "</GradingPeriodIdentity></GradingPeriodReference>"
    )
    session = _session("Fall", "East", "2011-09-06", "2011-12-16").replace(
        "</Session>", f"{reference}</Session>"
    )
    items = _read(model, period + session)
    assert _findings(items) == ["inbloom.contradiction"]
    assert "gradingPeriods" not in _documents(items, "Session")[0]


def test_date_of_a_state_becomes_a_date_of_each_school_below(model: Model) -> None:
    organizations = _org("East", parent="State") + _org("West", parent="State") + _org("Elsewhere")
    date = (
        "<CalendarDate><Date>2011-{}</Date><CalendarEvent>Holiday</CalendarEvent>"
        f"<EducationOrgReference>{_identity('State')}</EducationOrgReference></CalendarDate>"
    )
    state = _org("State", category="State Education Agency")
    items = _read(model, date.format("06-30") + date.format("07-01"), organizations + state)
    references = [document["calendarReference"] for document in _documents(items, "CalendarDate")]
    assert sorted(r["schoolYear"] for r in references if isinstance(r, dict)) == [2011, 2011, 2012, 2012]  # type: ignore[type-var]
    assert len(_documents(items, "Calendar")) == 4


def test_date_without_a_known_school_is_rejected(model: Model) -> None:
    date = "<CalendarDate><Date>2011-06-30</Date><CalendarEvent>Holiday</CalendarEvent></CalendarDate>"
    assert _reject_codes(_read(model, date)) == [["inbloom.no_place"]]


def test_action_for_two_students_becomes_two(model: Model) -> None:
    action = (
        "<DisciplineAction><DisciplineActionIdentifier>A</DisciplineActionIdentifier>"
        f"<Disciplines><CodeValue>D1</CodeValue></Disciplines><DisciplineDate>2011-04-04</DisciplineDate>{_student_reference('1')}{_student_reference('2')}"
        f"<ResponsibilitySchoolReference>{_identity('East')}</ResponsibilitySchoolReference></DisciplineAction>"
    )
    documents = _documents(_read(model, action), "DisciplineAction")
    assert [document["studentReference"] for document in documents] == [
        {"studentUniqueId": "1"},
        {"studentUniqueId": "2"},
    ]


def test_item_that_lacks_what_the_standard_requires_is_left_out(model: Model) -> None:
    address = "<Address AddressType='Home'><City>Parker</City></Address>"
    items = _read(model, _student("1", more=address), _enrollment("1", "East", "2011-09-01"))
    assert _findings(items) == ["inbloom.incomplete_item"]
    assert "addresses" not in _documents(items, "StudentEducationOrganizationAssociation")[0]


def test_second_item_of_one_key_is_left_out(model: Model) -> None:
    name = (
        "<OtherName OtherNameType='Nickname'><FirstName>{}</FirstName><LastSurname>Moss</LastSurname>"
        "</OtherName>"
    )
    items = _read(model, _student("1", more=name.format("Bo") + name.format("Cy")))
    assert "inbloom.repeated_item" in _findings(items)


def test_kind_without_a_counterpart_says_why(model: Model) -> None:
    items = _read(
        model, "<AssessmentFamily><AssessmentFamilyTitle>ACT</AssessmentFamilyTitle></AssessmentFamily>"
    )
    assert _findings(items) == ["inbloom.no_counterpart"]


def test_result_without_its_assessment_is_rejected(model: Model) -> None:
    assert _reject_codes(_read(model, "<StudentAssessmentItem/>")) == [["inbloom.part_without_record"]]


def test_unknown_entities_and_elements_are_said(model: Model) -> None:
    items = _read(model, "<Pupil/>" + _student("1", more="<Shoe>9</Shoe>"))
    assert _reject_codes(items) == [["xml.unknown_entity"]]
    assert "xml.unknown_element" in _findings(items)


def test_malformed_file_keeps_no_other_file_out(model: Model) -> None:
    items = _read(model, _student("1") + "\n<Oops>", _student("2"))
    assert [document["studentUniqueId"] for document in _documents(items, "Student")] == ["1", "2"]
    assert "xml.malformed" in _findings(items)


@pytest.mark.parametrize(
    ("namespace", "is_inbloom", "is_edfi"),
    [
        ("http://ed-fi.org/0100", True, False),
        ("http://ed-fi.org/0100RFC062811", True, False),
        ("http://ed-fi.org/5.2.0", False, True),
        ("http://ed-fi.org/6.1.0", False, True),
        ("", False, True),
        ("http://www.w3.org/1999/xhtml", False, False),
    ],
)
def test_namespace_tells_which_reader_a_file_is_for(namespace: str, is_inbloom: bool, is_edfi: bool) -> None:
    heading = Heading(namespace, "InterchangeStudent")
    assert (reads_inbloom(heading), reads_edfi(heading)) == (is_inbloom, is_edfi)
