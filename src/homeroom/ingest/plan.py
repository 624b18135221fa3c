"""From paths to inputs: which files there are, what each is, and a fingerprint of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.archive import DAMAGE, damaged, read_members
from homeroom.interop.edfi_xml import reads_heading
from homeroom.interop.inbloom_xml import reads_inbloom
from homeroom.interop.xml_stream import read_heading
from homeroom.standard.model import Model

_JSON_LINES: Final = (".jsonl", ".ndjson")
_READ_BYTES: Final = 1 << 20


class InputKind(StrEnum):
    """The forms that are read."""

    JSON_LINES = "JSON Lines"
    EDFI_XML = "Ed-Fi XML"
    INBLOOM = "inBloom XML"


class SourceFile(Protocol):
    """A file on disk or in an archive."""

    @property
    def name(self) -> str:
        """As reports call it: below the path that was given."""
        ...

    def open(self) -> BinaryIO:
        """A seekable stream of its content."""
        ...


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A file on disk."""

    name: str
    path: Path

    def open(self) -> BinaryIO:
        """A seekable stream of its content."""
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class Input:
    """What is read as one: a file, or the files of an inBloom package.

    resource: what every line is, for JSON Lines; None elsewhere.
    """

    kind: InputKind
    files: tuple[SourceFile, ...]
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to read, and what cannot be. fingerprint: equal for equal content under equal names."""

    inputs: tuple[Input, ...]
    findings: tuple[Finding, ...]
    fingerprint: bytes

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """Every file of every input."""
        return tuple(file for entry in self.inputs for file in entry.files)


def plan_inputs(paths: Sequence[Path], model: Model) -> Plan:
    """What the paths (folders, files, archives) hold; faults are findings, and all else is still planned."""
    inputs: list[Input] = []
    findings: list[Finding] = []
    digest = hashlib.sha256()
    names = {n.lower(): r.name for r in model.resources.values() for n in (r.name, r.endpoint)}
    for group in (g for path in paths for g in _groups(path)):
        files = [entry for entry in group if not isinstance(entry, Finding)]
        findings += [entry for entry in group if isinstance(entry, Finding)]
        for file in files:
            digest.update(file.name.encode() + b"\0" + _hash_of(file))
        found = list(_inputs_of(files, names))
        inputs += [entry for entry in found if isinstance(entry, Input)]
        findings += [entry for entry in found if isinstance(entry, Finding)]
    return Plan(tuple(inputs), tuple(findings), digest.digest())


def _groups(path: Path) -> Iterator[list[SourceFile | Finding]]:
    """Files that came together: a folder's, an archive's, or one alone."""
    if path.is_dir():
        yield from _folder_groups(path, path.name or str(path.resolve().name))
    elif not path.exists():
        yield [
            Finding("load.no_such_path", "There is no such file or folder.", Place(str(path)), "Check it.")
        ]
    elif path.suffix.lower() == ".zip":
        yield list(read_members(path, name=path.name))
    else:
        yield [DiskFile(path.name, path)]


def _folder_groups(folder: Path, name: str) -> Iterator[list[SourceFile | Finding]]:
    entries = sorted(e for e in folder.iterdir() if not e.name.startswith("."))
    files = [e for e in entries if e.is_file()]
    plain = [f for f in files if f.suffix.lower() != ".zip"]
    yield [DiskFile(f"{name}/{f.name}", f) for f in plain]
    for archive in (f for f in files if f.suffix.lower() == ".zip"):
        yield list(read_members(archive, name=f"{name}/{archive.name}"))
    for below in (e for e in entries if e.is_dir()):
        yield from _folder_groups(below, f"{name}/{below.name}")


def _inputs_of(files: Iterable[SourceFile], names: dict[str, str]) -> Iterator[Input | Finding]:
    package: list[SourceFile] = []
    for file in files:
        path = PurePosixPath(file.name)
        suffix = path.suffix.lower()
        if suffix in _JSON_LINES:
            yield _json_lines(file, names.get(path.stem.lower()))
        elif suffix == ".xml":
            found = _xml(file)
            if found is InputKind.INBLOOM:
                package.append(file)
            else:
                yield Input(found, (file,)) if isinstance(found, InputKind) else found
        elif suffix != ".ctl":
            yield _unknown(file)
    if package:
        yield Input(InputKind.INBLOOM, tuple(package))


def _json_lines(file: SourceFile, resource: str | None) -> Input | Finding:
    if resource is not None:
        return Input(InputKind.JSON_LINES, (file,), resource)
    return Finding(
        "load.unknown_resource",
        "The file's name is no resource of the district's standard; its lines cannot be understood.",
        Place(file.name),
        "Name it after the resource: students.jsonl, studentSchoolAssociations.jsonl.",
    )


def _xml(file: SourceFile) -> InputKind | Finding:
    try:
        with file.open() as stream:
            heading = read_heading(stream, file=file.name)
    except DAMAGE:
        return damaged(file.name)
    if isinstance(heading, Finding):
        return heading
    if reads_inbloom(heading):
        return InputKind.INBLOOM
    if reads_heading(heading) or not heading.namespace:
        return InputKind.EDFI_XML
    return Finding(
        "load.unknown_namespace",
        f"The file's namespace {heading.namespace[:100]} is neither Ed-Fi's nor inBloom's.",
        Place(file.name, 1, heading.name[:100]),
        "Send Ed-Fi XML of the district's standard version.",
    )


def _unknown(file: SourceFile) -> Finding:
    return Finding(
        "load.unknown_file",
        "The file is of no kind that is read here; it is left out.",
        Place(file.name),
        "Send JSON Lines (.jsonl), Ed-Fi XML (.xml) or a zip of them.",
        Severity.WARNING,
    )


def _hash_of(file: SourceFile) -> bytes:
    digest = hashlib.sha256()
    try:
        with file.open() as stream:
            while chunk := stream.read(_READ_BYTES):
                digest.update(chunk)
    except DAMAGE:
        pass  # told when it is read; what stands before the damage counts
    return digest.digest()
