"""inBloom's landing-zone package: a control file that lists XML files, and those files.

A fault costs what it concerns and nothing else: whatever can be read is offered for loading.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import BinaryIO
from zipfile import BadZipFile

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.package_archive import Archive
from homeroom.interop.xml_stream import read_heading

_FORMAT = "edfi-xml"
_CONTROL = ".ctl"
_MAX_CONTROL_BYTES = 1 << 20
# The thirteen of the ingestion guide, and two spellings its own samples use besides.
_INTERCHANGES = frozenset(
    {
        "assessmentmetadata", "educationorganization", "educationorgcalendar", "masterschedule",
        "staffassociation", "studentassessment", "attendance", "studentattendance", "studentcohort",
        "studentdiscipline", "studentenrollment", "studentgrade", "studentgrades", "studentparent",
        "studentprogram", "student",
    }
)  # fmt: skip
_IGNORED_PROPERTIES = frozenset({"tenantid", "duplicate-detection"})


class Purge(StrEnum):
    """What a package asks to be removed before it loads. Asking is not being granted."""

    NOTHING = "nothing"
    ALL = "all"
    KEEP_ORGANIZATIONS = "keep_organizations"


_PURGES = {"purge": Purge.ALL, "purge-keep-edorgs": Purge.KEEP_ORGANIZATIONS}


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One interchange file of a package. is_xml: as the package says; the file may know better."""

    name: str
    interchange: str | None
    opener: Callable[[], BinaryIO]
    is_xml: bool = True

    def open(self) -> BinaryIO:
        """A seekable stream of its content."""
        return self.opener()


@dataclass(frozen=True, slots=True)
class Package:
    """What a package holds and asks for. findings: what is wrong with it as a package."""

    files: Sequence[PackageFile]
    findings: Sequence[Finding]
    purge: Purge = Purge.NOTHING
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    interchange: str
    name: str
    checksum: str
    line: int
    is_xml: bool


@dataclass(slots=True)
class _Control:
    """What the control files of an archive say."""

    entries: list[tuple[str, _Entry]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    purge: Purge = Purge.NOTHING
    is_dry_run: bool = False
    is_understood: bool = True


def read_package(archive: Archive) -> Package:
    """The files to read, in the order of the control file, and everything wrong with the package."""
    control = _read_controls(archive)
    findings = [*archive.findings, *control.findings]
    listed: dict[str, PackageFile] = {}
    for control_name, entry in control.entries:
        found, faults = _find(entry, archive, control_name)
        findings.extend(faults)
        if found is not None and found not in listed:
            listed[found] = PackageFile(found, entry.interchange, partial(archive.open, found), entry.is_xml)
    unlisted = [name for name in archive.names() if _is_xml(name) and name not in listed]
    for name in unlisted:
        if control.is_understood:
            findings.append(_not_listed(name))
        else:
            listed[name] = PackageFile(name, None, partial(archive.open, name))
    files, faults = _readable(listed, archive)
    return Package(files, [*findings, *faults, *_emptiness(files)], control.purge, control.is_dry_run)


def _read_controls(archive: Archive) -> _Control:
    control = _Control()
    names = [name for name in archive.names() if name.lower().endswith(_CONTROL)]
    if not names:
        control.is_understood = False
        words = "The package has no control file; every XML file in it is read."
        remedy = "Add a .ctl file with one line for each XML file: edfi-xml,Interchange,file."
        control.findings.append(_warning("package.no_control_file", words, Place(), remedy))
    for name in names:
        with archive.open(name) as stream:
            text = stream.read(_MAX_CONTROL_BYTES).decode("utf-8-sig", "replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _read_line(line.strip(), Place(name, number), control)
    return control


def _read_line(line: str, place: Place, control: _Control) -> None:
    if line.startswith("@"):
        _read_property(line, place, control)
        return
    form, *fields = [part.strip() for part in line.split(",")]
    if len(fields) < 2 or not fields[1]:
        control.is_understood = False
        words = (
            "The line is not of the form edfi-xml,Interchange,file; all XML files of the package are read."
        )
        remedy = "Write the line with commas between its parts."
        control.findings.append(Finding("package.control_line", words, place, remedy))
        return
    control.findings.extend(_check_fields(form, fields, place))
    checksum = fields[2] if len(fields) > 2 else ""
    control.entries.append(
        (place.file or "", _Entry(fields[0], fields[1], checksum, place.line or 0, form.lower() == _FORMAT))
    )


def _check_fields(form: str, fields: Sequence[str], place: Place) -> Iterator[Finding]:
    if form.lower() != _FORMAT:
        words = f"The format {form} is unknown; the file is read if it is XML after all."
        yield Finding("package.unknown_format", words, place, "Write edfi-xml.")
    elif fields[0].lower() not in _INTERCHANGES:
        words = f"The interchange {fields[0]} is unknown; the file's own root element decides."
        yield _warning("package.unknown_interchange", words, place, "Name one of the thirteen.")
    if len(fields) > 3:
        words = "The line has more parts than format, interchange, file and checksum; the rest is not read."
        yield _warning("package.extra_field", words, place, "Remove the rest.")


def _read_property(line: str, place: Place, control: _Control) -> None:
    name = line[1:].partition("=")[0].strip().lower()
    if name == "dry-run":
        control.is_dry_run = True
    elif name in _PURGES:
        control.purge = _PURGES[name]
    elif name not in _IGNORED_PROPERTIES:
        words = f"The property @{name} is unknown; it has no effect."
        remedy = "Known are @dry-run, @purge and @purge-keep-edorgs."
        control.findings.append(_warning("package.unknown_property", words, place, remedy))


def _find(entry: _Entry, archive: Archive, control_name: str) -> tuple[str | None, list[Finding]]:
    """The archive's name of a listed file, and what is wrong with the entry."""
    place = Place(control_name, entry.line)
    bare = entry.name.replace("\\", "/").rpartition("/")[2]
    found = next((n for n in archive.names() if bare.lower() == n.rpartition("/")[2].lower()), None)
    findings = []
    if bare != entry.name:
        words = f"The name {entry.name} has a path; the file is looked for by its bare name."
        findings.append(_warning("package.path_in_name", words, place, "List bare names."))
    if found is None:
        words = f"{entry.name} is listed, but not in the package."
        findings.append(Finding("package.listed_missing", words, place, "Add the file or remove the line."))
    elif entry.checksum and not _is_checksum_right(found, entry.checksum, archive):
        words = f"The checksum of {entry.name} is not that of the file; the file is read all the same."
        remedy = "Write the control file anew after changing a file, or leave checksums out."
        findings.append(_warning("package.wrong_checksum", words, place, remedy))
    return found, findings


def _is_checksum_right(name: str, checksum: str, archive: Archive) -> bool:
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except (BadZipFile, zlib.error, EOFError):
        return True  # that the file is damaged is said once, where it is read
    return digest.hexdigest() == checksum.lower()


def _readable(listed: dict[str, PackageFile], archive: Archive) -> tuple[list[PackageFile], list[Finding]]:
    """The files that are whole and XML; the others' faults."""
    files: list[PackageFile] = []
    findings: list[Finding] = []
    for name, file in listed.items():
        fault = _damage(name, archive)
        if fault is None:
            with file.open() as stream:
                heading = read_heading(stream, file=name)
            fault = heading if isinstance(heading, Finding) else None
        if fault is None:
            files.append(file)
        elif file.is_xml or fault.code != "xml.malformed":
            findings.append(fault)
    return files, findings


def _damage(name: str, archive: Archive) -> Finding | None:
    """Read to the end once: a damaged entry is found before anything of it is loaded."""
    try:
        with archive.open(name) as stream:
            while stream.read(1 << 20):
                pass
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        words = f"The entry is damaged: {error}."
        return Finding("package.corrupt_entry", words, Place(name), "Pack and send it again.")
    return None


def _emptiness(files: Sequence[PackageFile]) -> Iterator[Finding]:
    if not files:
        words = "The package holds no XML file that can be read."
        yield Finding("package.nothing_to_load", words, Place(), "See the findings above.")


def _not_listed(name: str) -> Finding:
    words = "No control file lists this file; it is not read."
    return _warning("package.not_listed", words, Place(name), "List it, or remove it.")


def _warning(code: str, words: str, place: Place, remedy: str) -> Finding:
    return Finding(code, words, place, remedy, Severity.WARNING)


def _is_xml(name: str) -> bool:
    return name.lower().endswith(".xml")
