"""Archives that nobody vouches for: a zip, or files by name, with bounds on what they may unpack to."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from homeroom.base.findings import Finding, Place, Severity

_ENCRYPTED = 0x1
# What programs leave in archives that nobody means to send.
_CLUTTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to, all in bytes; the ratio counts from free_bytes on (privacy.md 4.14)."""

    total_bytes: int = 20 << 30
    ratio: int = 100
    free_bytes: int = 10 << 20
    files: int = 10_000


class Archive(Protocol):
    """Files by name; `findings` says what of it is not offered, and why."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Faults of the archive and of files in it."""

    def names(self) -> Sequence[str]:
        """Every file that can be opened, in the archive's order; a name may have folders before it."""

    def open(self, name: str) -> BinaryIO:
        """A seekable stream of one file."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Files somebody else found and can open: relative name with forward slashes -> opener."""

    openers: Mapping[str, Callable[[], BinaryIO]]
    findings: Sequence[Finding] = ()

    def names(self) -> Sequence[str]:
        """The names in order."""
        return sorted(self.openers)

    def open(self, name: str) -> BinaryIO:
        """The file as its opener gives it."""
        return self.openers[name]()


@dataclass(frozen=True, slots=True)
class ZipArchive:
    """A zip whose entries passed the checks; made by `open_zip`."""

    zip_file: ZipFile
    entries: Mapping[str, ZipInfo]
    findings: Sequence[Finding]

    def names(self) -> Sequence[str]:
        """The names in the archive's order."""
        return list(self.entries)

    def open(self, name: str) -> BinaryIO:
        """The entry, unpacked while it is read."""
        return cast("BinaryIO", self.zip_file.open(self.entries[name]))


def open_zip(stream: BinaryIO, *, file: str, limits: ArchiveLimits | None = None) -> ZipArchive | Finding:
    """The archive in a stream; the finding says why nothing of it can be used.

    Sizes are those the zip declares: reading stops there, so a zip that lies unpacks to no more.
    """
    if not is_zipfile(stream):
        words = "The file is no zip archive, or its end is missing."
        return Finding(
            "package.not_a_zip", words, Place(file), "Pack the control file and the XML files as a zip."
        )
    try:
        zip_file = ZipFile(stream)
    except (BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        return Finding(
            "package.corrupt", f"The zip is damaged: {error}.", Place(file), "Pack and send it again."
        )
    bounds = limits or ArchiveLimits()
    entries = [entry for entry in zip_file.infolist() if not _is_clutter(entry)]
    bomb = _check_sizes(entries, bounds, file)
    if bomb:
        return bomb
    return ZipArchive(zip_file, *_usable(entries, file))


def _is_clutter(entry: ZipInfo) -> bool:
    return entry.filename.startswith(_CLUTTER[0]) or entry.filename.endswith(_CLUTTER[1:])


def _check_sizes(entries: Sequence[ZipInfo], limits: ArchiveLimits, file: str) -> Finding | None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    is_bomb = unpacked > limits.total_bytes or len(entries) > limits.files
    is_bomb = is_bomb or (unpacked > limits.free_bytes and unpacked > packed * limits.ratio)
    if not is_bomb:
        return None
    words = (
        f"The zip would unpack {len(entries)} files of {unpacked:,} bytes from {packed:,}; that is refused."
    )
    return Finding("package.bomb", words, Place(file), "Send the data in several packages.")


def _usable(entries: Sequence[ZipInfo], file: str) -> tuple[dict[str, ZipInfo], list[Finding]]:
    usable: dict[str, ZipInfo] = {}
    findings: list[Finding] = []
    for entry in entries:
        fault = _fault_of(entry, file) or _fault_of_name(entry, usable, file)
        if fault is not None:
            findings.append(fault)
        elif not entry.is_dir():
            usable[entry.filename] = entry
    return usable, [*findings, *_folder_notes(entries, file)]


def _fault_of(entry: ZipInfo, file: str) -> Finding | None:
    place = Place(file, path=entry.filename)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Finding(
            "package.symlink",
            "A link stands in the archive; links are not followed.",
            place,
            "Send the file itself.",
        )
    if entry.flag_bits & _ENCRYPTED:
        return Finding("package.encrypted", "The entry is encrypted.", place, "Send it without a password.")
    if entry.filename.lower().endswith((".zip", ".gz", ".7z", ".rar", ".tar")):
        return Finding(
            "package.nested", "An archive within the archive is not opened.", place, "Send it by itself."
        )
    return None


def _fault_of_name(entry: ZipInfo, usable: Mapping[str, ZipInfo], file: str) -> Finding | None:
    name = entry.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name:
        words = "The entry's name leads out of the archive."
        return Finding(
            "package.unsafe_name", words, Place(file, path=name), "Pack the files without their paths."
        )
    if name in usable:
        words = "The name stands in the archive twice; the first is read."
        return Finding("package.duplicate_name", words, Place(file, path=name), "Remove one of the two.")
    return None


def _folder_notes(entries: Sequence[ZipInfo], file: str) -> Iterator[Finding]:
    folders = {entry.filename.partition("/")[0] for entry in entries if "/" in entry.filename}
    if folders:
        yield Finding(
            "package.folders",
            f"The archive has folders ({', '.join(sorted(folders)[:5])}); bare names are looked for in them.",
            Place(file),
            "Pack the files without folders.",
            Severity.WARNING,
        )
