"""Packages as inBloom's acceptance tests broke them: a finding each, and everything readable is offered."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from homeroom.base.findings import Finding, Severity
from homeroom.interop.inbloom_package import Package, Purge, read_package
from homeroom.interop.inbloom_xml import InbloomReader
from homeroom.interop.package_archive import ArchiveLimits, Folder, ZipArchive, open_zip
from homeroom.interop.xml_record import XmlItem, XmlRecord, XmlReject
from homeroom.standard.model import Model

_XML = '<InterchangeStudent xmlns="http://ed-fi.org/0100"/>'
_LINE = "edfi-xml,StudentParent,a.xml\n"


def _folder(**files: str | bytes) -> Folder:
    contents = {
        n.replace("__", "/").replace("_", "."): c.encode() if isinstance(c, str) else c
        for n, c in files.items()
    }
    return Folder({name: lambda c=content: io.BytesIO(c) for name, content in contents.items()})  # type: ignore[misc]


def _codes(package: Package) -> list[str]:
    return [finding.code for finding in package.findings]


def _names(package: Package) -> list[str]:
    return [file.name for file in package.files]


# Folder of broken-uploads -> the findings about the package, and the files that are read all the same.
_UPLOADS = {
    "NoValidFilesInCtlFile": (["xml.malformed", "xml.malformed", "package.nothing_to_load"], []),
    "ExtraCtlFileEntry": (["package.listed_missing"], ["Students.xml"]),
    "MissingXMLFile": (["package.listed_missing"], ["Students.xml"]),
    "DirPathnameInCtlFile": (
        ["package.path_in_name", "package.wrong_checksum", *["package.not_listed"] * 3],
        [
            "InterchangeStudent.xml",
            "InterchangeEducationOrgCalendar.xml",
            "InterchangeEducationOrganization.xml",
        ],
    ),
    "ZipContainsSubfolder": (
        ["package.not_listed"] * 4,
        ["InterchangeStudent.xml", "InterchangeEducationOrgCalendar.xml"],
    ),
    "InvalidRecordType": (["package.unknown_format"], ["Students.xml"]),
    "ControlFileHasExtraProperty": (["package.extra_field"], ["ControlFileHasExtraProperty.xml"]),
    "BadCtlFile": (["package.control_line"] * 2, ["InterchangeEducationOrganization.xml", "Session2.xml"]),
    "ChecksumError": (
        ["package.wrong_checksum"] * 2,
        ["InterchangeEducationOrganization.xml", "Session2.xml"],
    ),
    "malformedXML": ([], ["student.xml"]),
    "noRecord": ([], ["student.xml"]),
    "XXETest": (["package.wrong_checksum", "xml.doctype", "package.nothing_to_load"], []),
    "NegativeGenericEdOrg": ([], ["InterchangeEducationOrganization.xml"]),
    "BlacklistInputs": (
        ["package.wrong_checksum", "package.not_listed"],
        ["InterchangeEducationOrganization.xml"],
    ),
    "TinyDataSet": (["package.wrong_checksum"], ["InterchangeEducationOrganization.xml"]),
}


@pytest.mark.parametrize("name", _UPLOADS)
def test_broken_upload_gives_its_findings_and_what_can_be_read(
    name: str, samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    package = read_package(open_folder(samples / "inbloom/broken-uploads" / name))
    assert (_codes(package), _names(package)) == _UPLOADS[name]
    assert all(finding.words and finding.remedy for finding in package.findings)


@pytest.mark.parametrize(
    ("name", "stored", "rejected"),
    [
        ("noRecord", 0, 0),
        ("malformedXML", 1, 0),
        ("firstRecordHasIncorrectAttribute", 1, 1),
        ("firstRecordMissingAttribute", 1, 1),
        ("secondRecordHasIncorrectAttribute", 1, 1),
        ("secondRecordMissingAttribute", 1, 1),
        ("valueTypeNotMatchAttributeType", 1, 1),
        ("firstRecordHasMoreAttributes", 2, 0),
        ("stringOrEnumContainsWhitespace", 1, 0),
        ("Error_Report2", 1, 2),
        ("DailyAttendanceNoStudent", 0, 1),
        ("InvalidRecordType", 5, 0),
    ],
)
def test_only_the_bad_records_of_an_upload_are_lost(
    name: str, stored: int, rejected: int, model: Model, samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    package = read_package(open_folder(samples / "inbloom/broken-uploads" / name))
    items = list(InbloomReader(model).read_package(package.files))
    assert sum(isinstance(i, XmlRecord) and i.resource == "Student" for i in items) == stored
    assert sum(isinstance(i, XmlReject) for i in items) == rejected
    assert all(_lines(item) for item in items if isinstance(item, XmlReject))


def _lines(item: XmlItem) -> list[int]:
    assert isinstance(item, XmlReject)
    return [finding.place.line for finding in item.findings if finding.place.line]


def test_blanks_in_old_values_are_trimmed(
    model: Model, samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    package = read_package(open_folder(samples / "inbloom/broken-uploads/stringOrEnumContainsWhitespace"))
    items = list(InbloomReader(model).read_package(package.files))
    (student,) = [i.document for i in items if isinstance(i, XmlRecord) and i.resource == "Student"]
    assert all(value == value.strip() for value in student.values() if isinstance(value, str))


def test_external_entity_leaks_nothing(
    model: Model, samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    package = read_package(open_folder(samples / "inbloom/broken-uploads/XXETest"))
    assert "root:" not in repr(package) + repr(list(InbloomReader(model).read_package(package.files)))


_ZIPS = {
    "BadZip.zip": ["package.not_a_zip"],
    "corrupt.zip": ["package.not_a_zip"],
    "NoControlFile.zip": ["package.no_control_file", "package.nothing_to_load"],
    "ZipWithPath.zip": ["package.folders", "package.path_in_name"],
    "ValidZip.zip": ["package.unknown_format", "package.nothing_to_load"],
    "ChucksumNotMatch.zip": ["package.unknown_format", "package.wrong_checksum", "package.nothing_to_load"],
    "MoreFilesInZip.zip": ["package.unknown_format", "package.nothing_to_load"],
    "AllFiles.zip": ["package.folders", "package.unknown_format", "package.nothing_to_load"],
}


@pytest.mark.parametrize("name", _ZIPS)
def test_sample_zips_say_what_they_are(name: str, samples: Path) -> None:
    with (samples / "inbloom/broken-uploads/zip" / name).open("rb") as stream:
        archive = open_zip(stream, file=name)
        codes = [archive.code] if isinstance(archive, Finding) else _codes(read_package(archive))
    assert list(dict.fromkeys(codes)) == _ZIPS[name]


def test_folder_of_csv_is_told_that_its_format_is_unknown(
    samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    for folder in (samples / "inbloom/broken-uploads/csv").iterdir():
        codes = _codes(read_package(open_folder(folder)))
        assert (codes[0], codes[-1]) == ("package.unknown_format", "package.nothing_to_load")


@pytest.mark.parametrize(
    ("control", "code", "severity"),
    [
        ("@colour=red\n" + _LINE, "package.unknown_property", Severity.WARNING),
        ("edfi-xml,Shoes,a.xml", "package.unknown_interchange", Severity.WARNING),
        ("edfi-xml,StudentParent,a.xml,,x", "package.extra_field", Severity.WARNING),
        ("edfi-xml,StudentParent", "package.control_line", Severity.ERROR),
        (
            "edfi-xml,StudentParent,a.xml\nedfi-xml,StudentParent,b.xml",
            "package.listed_missing",
            Severity.ERROR,
        ),
    ],
)
def test_control_line_faults_leave_the_file_readable(control: str, code: str, severity: Severity) -> None:
    package = read_package(_folder(a_xml=_XML, c_ctl=control))
    (finding,) = package.findings
    assert (finding.code, finding.severity, finding.place.file) == (code, severity, "c.ctl")
    assert _names(package) == ["a.xml"]


@pytest.mark.parametrize(
    ("properties", "purge", "is_dry_run"),
    [
        ("", Purge.NOTHING, False),
        ("@purge\n", Purge.ALL, False),
        ("@PURGE-KEEP-EDORGS\n", Purge.KEEP_ORGANIZATIONS, False),
        ("@dry-run\n@tenantId=IL\n@duplicate-detection=reset\n", Purge.NOTHING, True),
    ],
)
def test_properties_say_what_the_package_asks(properties: str, purge: Purge, is_dry_run: bool) -> None:
    package = read_package(_folder(a_xml=_XML, c_ctl=properties + "\n" + _LINE))
    assert (package.purge, package.is_dry_run, package.findings) == (purge, is_dry_run, [])


def test_lines_may_end_as_on_old_machines_and_names_differ_in_case() -> None:
    package = read_package(
        _folder(a_xml=_XML, c_ctl=b"\xef\xbb\xbf@tenantId=IL\rEDFI-XML , studentparent , A.XML \r")
    )
    assert (_names(package), package.findings) == (["a.xml"], [])


def test_files_are_read_in_the_order_of_the_control_file() -> None:
    control = "edfi-xml,StudentParent,b.xml\nedfi-xml,StudentParent,a.xml\nedfi-xml,StudentParent,b.xml"
    assert _names(read_package(_folder(a_xml=_XML, b_xml=_XML, c_ctl=control))) == ["b.xml", "a.xml"]


def _zip(
    *entries: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_DEFLATED
) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream


def _open(stream: io.BytesIO, limits: ArchiveLimits | None = None) -> ZipArchive:
    archive = open_zip(stream, file="p.zip", limits=limits)
    assert isinstance(archive, ZipArchive)
    return archive


def _refusal(stream: io.BytesIO, limits: ArchiveLimits | None = None) -> str:
    archive = open_zip(stream, file="p.zip", limits=limits)
    assert isinstance(archive, Finding)
    return archive.code


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("../evil.xml", "package.unsafe_name"),
        ("/etc/evil.xml", "package.unsafe_name"),
        ("a/../../evil.xml", "package.unsafe_name"),
        ("C:evil.xml", "package.unsafe_name"),
        ("inner.zip", "package.nested"),
        (_link(), "package.symlink"),
    ],
)
def test_dangerous_entries_are_never_opened_and_the_rest_is(entry: str | zipfile.ZipInfo, code: str) -> None:
    archive = _open(_zip((entry, b"<x/>"), ("a.xml", _XML.encode()), ("c.ctl", _LINE.encode())))
    assert archive.findings[0].code == code
    assert _names(read_package(archive)) == ["a.xml"]


def test_second_entry_of_a_name_is_said() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        stream = _zip(("a.xml", b"<x/>"), ("a.xml", b"<y/>"))
    archive = _open(stream)
    assert [finding.code for finding in archive.findings] == ["package.duplicate_name"]
    assert archive.open("a.xml").read() == b"<x/>"


def test_encrypted_entry_is_said() -> None:
    content = bytearray(_zip(("a.xml", b"<x/>")).getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    archive = _open(io.BytesIO(bytes(content)))
    assert [finding.code for finding in archive.findings] == ["package.encrypted"]


def test_damaged_entry_costs_that_entry_only() -> None:
    stream = _zip(("a.xml", _XML.encode()), ("b.xml", _XML.encode()), compression=zipfile.ZIP_STORED)
    content = bytearray(stream.getvalue())
    content[content.index(b"InterchangeStudent")] = ord("X")
    package = read_package(_open(io.BytesIO(bytes(content))))
    assert _names(package) == ["b.xml"]
    assert "package.corrupt_entry" in _codes(package)


def test_damaged_table_of_contents_is_corrupt() -> None:
    content = _zip(("a.xml", _XML.encode())).getvalue().replace(b"PK\x01\x02", b"PK\x01\xff")
    assert _refusal(io.BytesIO(content)) == "package.corrupt"


def test_bomb_is_refused_by_ratio_total_and_number_before_it_is_unpacked() -> None:
    zeros = _zip(("a.xml", b"\0" * (11 << 20)))
    assert _refusal(zeros) == "package.bomb"
    small = _zip(("a.xml", b"\0" * (9 << 20)))
    assert isinstance(open_zip(small, file="p.zip"), ZipArchive)
    assert _refusal(small, ArchiveLimits(total_bytes=8 << 20)) == "package.bomb"
    assert _refusal(_zip(("a", b""), ("b", b"")), ArchiveLimits(files=1)) == "package.bomb"


def test_zip_that_lies_about_its_size_unpacks_to_no_more_than_it_says() -> None:
    content = bytearray(_zip(("a.xml", b"<x>" + b" " * 1_000_000 + b"</x>")).getvalue())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + offset
        content[at : at + 4] = (100).to_bytes(4, "little")
    archive = _open(io.BytesIO(bytes(content)))
    package = read_package(archive)
    assert _names(package) == []
    assert "package.corrupt_entry" in _codes(package)


def test_clutter_of_other_systems_is_passed_over() -> None:
    archive = _open(_zip(("__MACOSX/._a.xml", b"junk"), (".DS_Store", b"junk"), ("a.xml", _XML.encode())))
    assert (archive.names(), archive.findings) == (["a.xml"], [])
