"""What reading says of faulty and hostile files, and that everything readable still comes out."""

from __future__ import annotations

import io
import resource
import time

import pytest

from homeroom.base.findings import Finding, Severity
from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.xml_record import XmlItem, XmlRecord, XmlReject

_OPEN = '<InterchangeStudent xmlns="http://ed-fi.org/5.2.0">'
_CLOSE = "</InterchangeStudent>"
_STUDENT = (
    "<Student><StudentUniqueId>{}</StudentUniqueId><Name><FirstName>Ada</FirstName>"
    "<LastSurname>Moss</LastSurname></Name><BirthData><BirthDate>2010-01-02</BirthDate></BirthData></Student>"
)


def _read(reader: EdfiXmlReader, body: str, *, head: str = "") -> list[XmlItem]:
    return _read_bytes(reader, f"{head}{_OPEN}{body}{_CLOSE}".encode())


def _read_bytes(reader: EdfiXmlReader, content: bytes) -> list[XmlItem]:
    return list(reader.read(io.BytesIO(content), file="f.xml"))


def _code(item: XmlItem) -> str:
    assert isinstance(item, Finding)
    return item.code


def _reject_codes(item: XmlItem) -> list[str]:
    assert isinstance(item, XmlReject)
    return [finding.code for finding in item.findings]


def test_malformed_file_gives_what_stood_before_the_fault_then_its_line_and_column(
    reader: EdfiXmlReader,
) -> None:
    content = f"{_OPEN}\n{_STUDENT.format(1)}\n{_STUDENT.format(2)}\n<Student><Oops></Student>".encode()
    first, second, fault = _read_bytes(reader, content)
    assert isinstance(first, XmlRecord)
    assert isinstance(second, XmlRecord)
    assert (first.line, second.line) == (2, 3)
    assert _code(fault) == "xml.malformed"
    assert isinstance(fault, Finding)
    assert (fault.place.file, fault.place.line, fault.place.column) == ("f.xml", 4, 26)


def test_file_cut_short_gives_its_whole_records(reader: EdfiXmlReader) -> None:
    whole = f"{_OPEN}\n" + "\n".join(_STUDENT.format(n) for n in range(50))
    items = _read_bytes(reader, whole.encode()[:-40])
    assert sum(isinstance(i, XmlRecord) for i in items) == 49
    assert _code(items[-1]) == "xml.malformed"


@pytest.mark.parametrize("content", [b"", b"   ", b"\x01\x02", b"not xml", b"PK\x03\x04", b"<!-- only -->"])
def test_what_is_no_xml_is_one_finding(reader: EdfiXmlReader, content: bytes) -> None:
    assert [_code(i) for i in _read_bytes(reader, content)] == ["xml.malformed"]


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
_DOCTYPES = [
    f'<!DOCTYPE x [<!ENTITY l0 "lol">{_LAUGHS}]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/evil.dtd">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    f'<!DOCTYPE x [<!ENTITY q "{"a" * 100_000}">]>',
    "<!-- long comment --><?pi x?>\n<!DOCTYPE x>",
    "<!doctype x>",
]


@pytest.mark.parametrize("doctype", _DOCTYPES)
def test_doctype_is_refused_before_anything_of_it_is_read(reader: EdfiXmlReader, doctype: str) -> None:
    started = time.process_time()
    items = _read(reader, "<Student><StudentUniqueId>&e;&l11;</StudentUniqueId></Student>", head=doctype)
    assert [_code(i) for i in items] == ["xml.doctype"]
    assert time.process_time() - started < 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_encoding_that_could_hide_a_doctype_is_refused(reader: EdfiXmlReader, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x><x/>'.encode(encoding)
    assert [_code(i) for i in _read_bytes(reader, content)] == ["xml.encoding"]


def test_encoding_declared_as_a_disguise_is_refused(reader: EdfiXmlReader) -> None:
    content = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x+AD4-<x/>'
    assert [_code(i) for i in _read_bytes(reader, content)] == ["xml.encoding"]


def test_entity_without_a_doctype_is_malformed(reader: EdfiXmlReader) -> None:
    assert _code(_read(reader, "<Student>&xxe;</Student>")[-1]) == "xml.malformed"


def test_nesting_of_a_hundred_thousand_is_refused(reader: EdfiXmlReader) -> None:
    items = _read(reader, "<Student>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Student>")
    assert _code(items[-1]) == "xml.malformed"


def test_one_endless_record_is_refused_in_bounded_memory(reader: EdfiXmlReader) -> None:
    items = _read(reader, _STUDENT.format(1) + "<Student>" + "<OtherName/>" * 4_000_000)
    assert isinstance(items[0], XmlRecord)
    assert _code(items[-1]) == "xml.record_too_large"


def test_text_of_many_megabytes_is_refused(reader: EdfiXmlReader) -> None:
    items = _read(reader, _STUDENT.format("9" * 20_000_000))
    assert _code(items[-1]) == "xml.malformed"


class _Endless(io.RawIOBase):
    """A file of many students made as it is read, so that only the reader's memory counts."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.seek(0)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._number, self._rest = 0, _OPEN.encode()
        return 0

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and self._number < self._count:
            self._rest += ("\n" + _STUDENT.format(self._number)).encode() * 64
            self._number += 64
            if self._number >= self._count:
                self._rest += _CLOSE.encode()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def test_long_file_is_read_in_constant_memory_with_exact_lines(reader: EdfiXmlReader) -> None:
    sum(1 for _ in reader.read(_Endless(6_400)))  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0
    for count, item in enumerate(reader.read(_Endless(128_000)), start=1):  # type: ignore[arg-type]
        assert isinstance(item, XmlRecord)
        assert item.line == count + 1
    assert count == 128_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


def test_line_is_exact_beyond_what_the_parser_counts_in_either_layout(reader: EdfiXmlReader) -> None:
    spread = _STUDENT.format(7).replace("><", ">\n  <")
    items = _read(reader, "\n" * 70_000 + spread + "\n" + _STUDENT.format(8))
    assert [i.line for i in items if isinstance(i, XmlRecord)] == [70_001, 70_001 + spread.count("\n") + 1]


def test_wrong_types_reject_only_their_record_and_name_every_fault(reader: EdfiXmlReader) -> None:
    bad = (
        _STUDENT.format(1)
        .replace("2010-01-02", "2010-13")
        .replace("</BirthData>", "<MultipleBirthStatus>maybe</MultipleBirthStatus></BirthData>")
    )
    reject, record = _read(reader, bad + _STUDENT.format(2))
    assert isinstance(record, XmlRecord)
    assert isinstance(reject, XmlReject)
    assert [(f.code, f.place.path) for f in reject.findings] == [
        ("xml.wrong_type", "Student/BirthData/BirthDate"),
        ("xml.wrong_type", "Student/BirthData/MultipleBirthStatus"),
    ]


def test_reject_keeps_its_source_so_that_it_can_be_read_again(reader: EdfiXmlReader) -> None:
    (reject,) = _read(reader, _STUDENT.format(1).replace("2010-01-02", "soon"))
    assert isinstance(reject, XmlReject)
    (again,) = _read(reader, reject.source.replace("soon", "2010-01-02"))
    (expected,) = _read(reader, _STUDENT.format(1))
    assert again == expected


def test_unknown_element_is_a_warning_and_the_record_is_read(reader: EdfiXmlReader) -> None:
    warning, record = _read(reader, _STUDENT.format(1).replace("<Name>", "<Shoe>9</Shoe><Name>"))
    assert isinstance(warning, Finding)
    assert (warning.code, warning.severity, warning.place.path) == (
        "xml.unknown_element", Severity.WARNING, "Student/Shoe",
    )  # fmt: skip
    assert record == _read(reader, _STUDENT.format(1))[0]


def test_unknown_entity_is_rejected(reader: EdfiXmlReader) -> None:
    reject, record = _read(reader, "<Pupil/>" + _STUDENT.format(1))
    assert _reject_codes(reject) == ["xml.unknown_entity"]
    assert isinstance(record, XmlRecord)


def test_repeated_element_is_rejected(reader: EdfiXmlReader) -> None:
    (reject,) = _read(reader, _STUDENT.format("1</StudentUniqueId><StudentUniqueId>2"))
    assert _reject_codes(reject) == ["xml.repeated_element"]


def test_blanks_around_values_are_trimmed_and_empty_elements_left_out(reader: EdfiXmlReader) -> None:
    (record,) = _read(reader, _STUDENT.format(" 1\n").replace("<Name>", "<Name><MiddleName> </MiddleName>"))
    assert isinstance(record, XmlRecord)
    assert record.document == {
        "studentUniqueId": "1", "firstName": "Ada", "lastSurname": "Moss", "birthDate": "2010-01-02",
    }  # fmt: skip


def test_bare_descriptor_value_gets_the_standards_namespace(reader: EdfiXmlReader) -> None:
    (record,) = _read(
        reader, _STUDENT.format(1).replace("</BirthData>", "<BirthSex>Female</BirthSex></BirthData>")
    )
    assert isinstance(record, XmlRecord)
    assert record.document["birthSexDescriptor"] == "uri://ed-fi.org/SexDescriptor#Female"


def test_descriptor_file_gives_descriptor_records(reader: EdfiXmlReader) -> None:
    (record,) = _read(
        reader,
        "<TermDescriptor><CodeValue>Early</CodeValue><ShortDescription>Early term</ShortDescription>"
        "<Namespace>uri://d.org/TermDescriptor</Namespace></TermDescriptor>",
    )
    assert record == XmlRecord(
        "TermDescriptor",
        {"codeValue": "Early", "shortDescription": "Early term", "namespace": "uri://d.org/TermDescriptor"},
        1,
    )


@pytest.mark.parametrize(
    ("namespace", "code", "severity"),
    [
        ("http://ed-fi.org/5.1.0", "xml.other_version", Severity.WARNING),
        ("http://ed-fi.org/6.1.0", "xml.other_version", Severity.ERROR),
        ("http://ed-fi.org/0100", "xml.other_version", Severity.ERROR),
    ],
)
def test_file_of_another_version(
    reader: EdfiXmlReader, namespace: str, code: str, severity: Severity
) -> None:
    content = f'<InterchangeStudent xmlns="{namespace}">{_STUDENT.format(1)}{_CLOSE}'
    first, *records = _read_bytes(reader, content.encode())
    assert isinstance(first, Finding)
    assert (first.code, first.severity) == (code, severity)
    assert len(records) == (1 if severity is Severity.WARNING else 0)


def test_prefixed_and_bare_elements_read_alike(reader: EdfiXmlReader) -> None:
    bare = f"<InterchangeStudent>{_STUDENT.format(1)}{_CLOSE}"
    prefixed = bare.replace("</", "</e:").replace("<", "<e:").replace("<e:/e:", "</e:")
    prefixed = prefixed.replace(
        "<e:InterchangeStudent>", '<e:InterchangeStudent xmlns:e="http://ed-fi.org/5.2.0">', 1
    )
    assert (
        _read_bytes(reader, bare.encode())
        == _read_bytes(reader, prefixed.encode())
        == _read(reader, _STUDENT.format(1))
    )


def test_other_root_is_no_interchange(reader: EdfiXmlReader) -> None:
    assert [_code(i) for i in _read_bytes(reader, b"<html><Student/></html>")] == ["xml.not_interchange"]


_SCHOOL = '<School id="{}"><SchoolId>{}</SchoolId></School>'
_PERIOD = (
    '<GradingPeriod id="{}"><GradingPeriod>First</GradingPeriod><GradingPeriodName>P1</GradingPeriodName>'
    '<SchoolYear>2021-2022</SchoolYear><SchoolReference ref="{}"/></GradingPeriod>'
)
_SESSION = '<Session><GradingPeriodReference ref="{}"/></Session>'


def test_ref_finds_ids_that_come_later_and_ids_whose_key_is_itself_a_ref(reader: EdfiXmlReader) -> None:
    items = _read(reader, _SESSION.format("P") + _PERIOD.format("P", "S") + _SCHOOL.format("S", 17))
    session = items[0]
    assert isinstance(session, XmlRecord)
    assert session.document["gradingPeriods"] == [
        {
            "gradingPeriodReference": {
                "gradingPeriodDescriptor": "uri://ed-fi.org/GradingPeriodDescriptor#First",
                "gradingPeriodName": "P1", "schoolId": 17, "schoolYear": 2022,
            }
        }
    ]  # fmt: skip
    assert isinstance(items[1], XmlRecord)
    assert items[1].xml_id == "P"


def test_ref_to_an_abstract_base_takes_the_concrete_key(reader: EdfiXmlReader) -> None:
    course = '<Course><EducationOrganizationReference ref="S"/></Course>'
    record = _read(reader, _SCHOOL.format("S", 17) + course)[1]
    assert isinstance(record, XmlRecord)
    assert record.document == {"educationOrganizationReference": {"educationOrganizationId": 17}}


def test_ref_inside_an_identity_is_resolved(reader: EdfiXmlReader) -> None:
    body = (
        "<CourseOffering><SessionReference><SessionIdentity><SessionName>Fall</SessionName>"
        '<SchoolYear>2021-2022</SchoolYear><SchoolReference ref="S"/></SessionIdentity></SessionReference>'
        "</CourseOffering>"
    )
    record = _read(reader, body + _SCHOOL.format("S", 17))[0]
    assert isinstance(record, XmlRecord)
    assert record.document == {
        "sessionReference": {"sessionName": "Fall", "schoolYear": 2022, "schoolId": 17}
    }


@pytest.mark.parametrize(
    "others", ["", _SCHOOL.format("P", 17), _PERIOD.format("P", "P"), '<GradingPeriod id="P"/>']
)
def test_ref_to_nothing_or_to_the_wrong_kind_dangles(reader: EdfiXmlReader, others: str) -> None:
    reject = _read(reader, _SESSION.format("P") + others)[0]
    assert isinstance(reject, XmlReject)
    (finding,) = reject.findings
    assert finding.code == "xml.dangling_ref"
    assert "P" in finding.words
    assert finding.place.line == 1


def test_identity_that_contradicts_itself_is_rejected(reader: EdfiXmlReader) -> None:
    school = "<SchoolReference><SchoolIdentity><SchoolId>{}</SchoolId></SchoolIdentity></SchoolReference>"
    body = (
        "<Section><CourseOfferingReference><CourseOfferingIdentity><LocalCourseCode>A</LocalCourseCode>"
        f"{school.format(1)}<SessionReference><SessionIdentity>{school.format(2)}</SessionIdentity>"
        "</SessionReference></CourseOfferingIdentity></CourseOfferingReference></Section>"
    )
    assert _reject_codes(_read(reader, body)[0]) == ["xml.conflicting_key"]


def test_lookup_serves_only_when_it_holds_the_whole_key(reader: EdfiXmlReader) -> None:
    lookup = "<StudentReference><StudentLookup>{}</StudentLookup></StudentReference>"
    person = f"<StudentHealth>{lookup}</StudentHealth>"
    whole, partial = _read(
        reader,
        person.format("<StudentUniqueId>5</StudentUniqueId>")
        + person.format("<Name><FirstName>Ada</FirstName></Name>"),
    )
    assert isinstance(whole, XmlRecord)
    assert whole.document == {"studentReference": {"studentUniqueId": "5"}}
    assert _reject_codes(partial) == ["xml.lookup"]


def test_reference_that_names_nothing_is_a_warning(reader: EdfiXmlReader) -> None:
    warning, record = _read(reader, "<StudentHealth><StudentReference/></StudentHealth>")
    assert _code(warning) == "xml.empty_reference"
    assert isinstance(record, XmlRecord)
    assert record.document == {}


def test_reference_at_record_level_lends_its_key_to_refs(reader: EdfiXmlReader) -> None:
    lent = (
        '<LearningStandardReference id="L"><LearningStandardIdentity>'
        "<LearningStandardId>A.1</LearningStandardId></LearningStandardIdentity></LearningStandardReference>"
    )
    items = _read(reader, '<AssessmentItem><LearningStandardReference ref="L"/></AssessmentItem>' + lent)
    assert len(items) == 1
    assert isinstance(items[0], XmlRecord)
    assert items[0].document == {
        "learningStandards": [{"learningStandardReference": {"learningStandardId": "A.1"}}]
    }
