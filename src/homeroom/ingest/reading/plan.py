"""From paths to inputs: which files there are, what each is, and a fingerprint of them all."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.edfi_xml import reads_edfi
from homeroom.interop.inbloom_package import Package, Purge, read_package
from homeroom.interop.inbloom_xml import reads_inbloom
from homeroom.interop.package_archive import Archive, Folder, open_zip
from homeroom.interop.xml_stream import read_heading
from homeroom.standard.model import Model

if TYPE_CHECKING:
    from homeroom.ingest.reading.mapped import MappedFiles

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
"""What reading a file raises when its archive is damaged or packed in a way nobody can unpack."""
_JSON_LINES: Final = (".jsonl", ".ndjson")
_CONTROL: Final = ".ctl"
PURGE_IGNORED: Final = "package.purge_ignored"
_ZIP: Final = ".zip"
_READ_BYTES: Final = 1 << 20


class InputKind(StrEnum):
    """The forms that are read."""

    JSON_LINES = "JSON Lines"
    EDFI_XML = "Ed-Fi XML"
    INBLOOM = "inBloom XML"
    MAPPED = "mapped"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on disk or in an archive. name: as reports call it; inner: as its archive does."""

    name: str
    archive: Archive
    inner: str

    def open(self) -> BinaryIO:
        """A seekable stream of its content; reading it raises one of DAMAGE when the archive is damaged."""
        return self.archive.open(self.inner)


@dataclass(frozen=True, slots=True)
class Input:
    """What is read as one: a file, the files of an inBloom package, or those that one mapping spec reads.

    resource: what every line is, for JSON Lines; None elsewhere. mapped: how, for what a spec reads.
    """

    kind: InputKind
    files: tuple[SourceFile, ...]
    resource: str | None = None
    mapped: MappedFiles | None = None


class Recogniser(Protocol):
    """Finds the mapping specs that read files which are of no form of the standard."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the specs' parameters are, `load_date` among them."""
        ...

    def inputs_of(self, files: Sequence[SourceFile]) -> Iterator[Input | Finding]:
        """What the files of one folder, archive or delivery are."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to read, and what cannot be.

    fingerprint: equal for equal content under equal names. asks_trial: a package asks that nothing be kept.
    purge: what packages ask to be removed first.
    """

    inputs: tuple[Input, ...]
    findings: tuple[Finding, ...]
    fingerprint: bytes
    asks_trial: bool = False
    purge: Purge = Purge.NOTHING

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """Every file of every input."""
        return tuple(file for entry in self.inputs for file in entry.files)

    @property
    def mapped(self) -> tuple[MappedFiles, ...]:
        """What mapping specs read."""
        return tuple(entry.mapped for entry in self.inputs if entry.mapped is not None)


@dataclass(frozen=True, slots=True)
class _Group:
    """Files that came together. prefix: what reports put before their names."""

    prefix: str
    archive: Archive

    def files(self) -> list[SourceFile]:
        return [SourceFile(self.prefix + name, self.archive, name) for name in self.archive.names()]


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A file that is of no form of the standard, and what is said of it when no spec reads it either."""

    file: SourceFile
    finding: Finding


def plan_inputs(
    paths: Sequence[Path], model: Model, *, opened: ExitStack, recogniser: Recogniser | None = None
) -> Plan:
    """What the paths (folders, files, archives) hold; faults are findings, and all else is still planned.

    opened: keeps archives open for as long as the plan is used.
    """
    return _plan((g for path in paths for g in _groups(path, opened)), model, recogniser)


def plan_delivery(
    files: Mapping[str, Callable[[], BinaryIO]],
    model: Model,
    *,
    opened: ExitStack,
    recogniser: Recogniser | None = None,
) -> Plan:
    """What files of the inbox hold, by the names they came with."""
    return _plan(_delivered(files, opened), model, recogniser)


def files_delivered(
    files: Mapping[str, Callable[[], BinaryIO]], *, opened: ExitStack
) -> Iterator[SourceFile | Finding]:
    """The files of the inbox, those in archives too, without reading any to its end."""
    for group in _delivered(files, opened):
        if isinstance(group, Finding):
            yield group
        else:
            yield from group.files()


def _delivered(files: Mapping[str, Callable[[], BinaryIO]], opened: ExitStack) -> Iterator[_Group | Finding]:
    zips = {n: open_file for n, open_file in files.items() if n.lower().endswith(_ZIP)}
    plain = {n: open_file for n, open_file in files.items() if n not in zips}
    if plain:
        yield _Group("", Folder(plain))
    for name, open_file in zips.items():
        yield _archive_group(opened.enter_context(open_file()), name)


def _plan(groups: Iterable[_Group | Finding], model: Model, recogniser: Recogniser | None) -> Plan:
    names = {n.lower(): r.name for r in model.resources.values() for n in (r.name, r.endpoint)}
    found: list[Input | Finding] = []
    others: dict[str, list[SourceFile]] = {}
    digest = hashlib.sha256()
    asks_trial, purges = False, {Purge.NOTHING}
    for group in groups:
        if isinstance(group, Finding):
            found.append(group)
            continue
        files = group.files()
        for file in files:
            digest.update(file.name.encode() + b"\0" + _hash_of(file))
        if any(f.inner.lower().endswith(_CONTROL) for f in files):
            package = read_package(group.archive)
            asks_trial = asks_trial or package.is_dry_run
            purges.add(package.purge)
            found += _package_inputs(group, package)
            continue
        found += [_placed(finding, group.prefix) for finding in group.archive.findings]
        for entry in _inputs_of(files, names):
            if isinstance(entry, _Unknown) and recogniser is not None:
                others.setdefault(group.prefix, []).append(entry.file)
            else:
                found.append(entry.finding if isinstance(entry, _Unknown) else entry)
    if recogniser is not None:
        found += [entry for together in others.values() for entry in recogniser.inputs_of(together)]
    return Plan(
        tuple(entry for entry in found if isinstance(entry, Input)),
        tuple(entry for entry in found if isinstance(entry, Finding)),
        digest.digest(),
        asks_trial,
        next(p for p in (Purge.ALL, Purge.KEEP_ORGANIZATIONS, Purge.NOTHING) if p in purges),
    )


def damaged(file: str) -> Finding:
    """A file's archive broke while it was read."""
    return Finding(
        "package.corrupt_entry",
        "The file cannot be read to its end; what stands before the damage has been read.",
        Place(file),
        "Pack and send it again.",
    )


def _groups(path: Path, opened: ExitStack) -> Iterator[_Group | Finding]:
    if path.is_dir():
        yield from _folder_groups(path, f"{path.resolve().name}/", opened)
    elif not os.access(path, os.R_OK):
        words = "There is no such file or folder, or it may not be read."
        yield Finding(
            "load.no_such_path", words, Place(str(path)), "Check how it is written and whose it is."
        )
    elif path.suffix.lower() == _ZIP:
        yield _zip_group(path, path.name, opened)
    else:
        yield _Group("", _folder({path.name: path}))


def _folder_groups(folder: Path, prefix: str, opened: ExitStack) -> Iterator[_Group | Finding]:
    entries = sorted(e for e in folder.iterdir() if not e.name.startswith("."))
    files = [e for e in entries if e.is_file()]
    if any(f.suffix.lower() == _CONTROL for f in files):
        below = sorted(f for f in folder.rglob("*") if f.is_file() and not f.name.startswith("."))
        yield _Group(prefix, _folder({f.relative_to(folder).as_posix(): f for f in below}))
        return
    plain = {f.name: f for f in files if f.suffix.lower() != _ZIP}
    if plain:
        yield _Group(prefix, _folder(plain))
    for archive in (f for f in files if f.suffix.lower() == _ZIP):
        yield _zip_group(archive, prefix + archive.name, opened)
    for below_folder in (e for e in entries if e.is_dir()):
        yield from _folder_groups(below_folder, f"{prefix}{below_folder.name}/", opened)


def _folder(files: Mapping[str, Path]) -> Folder:
    return Folder({name: partial(_open, path) for name, path in files.items()})


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _zip_group(path: Path, name: str, opened: ExitStack) -> _Group | Finding:
    return _archive_group(opened.enter_context(path.open("rb")), name)


def _archive_group(stream: BinaryIO, name: str) -> _Group | Finding:
    archive = open_zip(stream, file=name)
    return archive if isinstance(archive, Finding) else _Group(f"{name}/", archive)


def _package_inputs(group: _Group, package: Package) -> Iterator[Input | Finding]:
    """The files that a control file lists, as one input for each form."""
    yield from (_placed(finding, group.prefix) for finding in package.findings)
    if package.is_dry_run:
        words = "The package asks for a dry run; nothing of this load is kept."
        remedy = "Remove @dry-run from its control file to load it."
        place = Place(group.prefix.rstrip("/"))
        yield Finding("package.dry_run", words, place, remedy, Severity.WARNING)
    if package.purge is not Purge.NOTHING:
        words = "The package asks to remove what its tenant has; nothing is removed."
        yield Finding(
            PURGE_IGNORED,
            words,
            Place(group.prefix.rstrip("/")),
            "Load it with --allow-purge to remove what earlier loads brought.",
            Severity.WARNING,
        )
    files = [SourceFile(group.prefix + f.name, group.archive, f.name) for f in package.files]
    for entry in _xml_inputs(files):
        yield entry.finding if isinstance(entry, _Unknown) else entry


def _inputs_of(files: Iterable[SourceFile], names: Mapping[str, str]) -> Iterator[Input | Finding | _Unknown]:
    documents: list[SourceFile] = []
    for file in files:
        path = PurePosixPath(file.inner)
        resource = names.get(path.stem.lower()) if path.suffix.lower() in _JSON_LINES else None
        if resource is not None:
            yield Input(InputKind.JSON_LINES, (file,), resource)
        elif path.suffix.lower() == ".xml":
            documents.append(file)
        else:
            yield _Unknown(file, _unknown(file))
    yield from _xml_inputs(documents)


def _xml_inputs(files: Iterable[SourceFile]) -> Iterator[Input | Finding | _Unknown]:
    inbloom: list[SourceFile] = []
    for file in files:
        found = _xml_kind(file)
        if found is InputKind.INBLOOM:
            inbloom.append(file)
        else:
            yield Input(found, (file,)) if isinstance(found, InputKind) else found
    if inbloom:
        yield Input(InputKind.INBLOOM, tuple(inbloom))


def _xml_kind(file: SourceFile) -> InputKind | Finding | _Unknown:
    try:
        with file.open() as stream:
            heading = read_heading(stream, file=file.name)
    except DAMAGE:
        return damaged(file.name)
    if isinstance(heading, Finding):
        return heading
    if reads_inbloom(heading):
        return InputKind.INBLOOM
    if reads_edfi(heading):
        return InputKind.EDFI_XML
    finding = Finding(
        "load.unknown_namespace",
        "The file's root element is of neither Ed-Fi's nor inBloom's namespace.",
        Place(file.name, 1, heading.name[:100]),
        "Send Ed-Fi XML of the district's standard version.",
    )
    return _Unknown(file, finding)


def _unknown(file: SourceFile) -> Finding:
    if PurePosixPath(file.inner).suffix.lower() in _JSON_LINES:
        return Finding(
            "load.unknown_resource",
            "The file's name is no resource of the district's standard; its lines cannot be understood.",
            Place(file.name),
            "Name it after the resource: students.jsonl, studentSchoolAssociations.jsonl.",
        )
    return Finding(
        "load.unknown_file",
        "The file is of no kind that is read here; it is left out.",
        Place(file.name),
        "Send JSON Lines (.jsonl), Ed-Fi XML (.xml) or a zip of them.",
        Severity.WARNING,
    )


def _placed(finding: Finding, prefix: str) -> Finding:
    """The finding of an archive with its place as reports name files."""
    inner = finding.place.file
    if inner is not None and prefix.rstrip("/").endswith(inner):
        return finding
    file = prefix + inner if inner else prefix.rstrip("/")
    return replace(finding, place=replace(finding.place, file=file))


def _hash_of(file: SourceFile) -> bytes:
    digest = hashlib.sha256()
    try:
        with file.open() as stream:
            while chunk := stream.read(_READ_BYTES):
                digest.update(chunk)
    except DAMAGE:
        digest.update(b"damaged")  # told when it is read
    return digest.digest()
