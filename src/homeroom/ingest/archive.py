"""Zip files that nobody vouches for: members are read where they lie, never unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

from homeroom.base.findings import Finding, Place

MAX_MEMBERS: Final = 10_000
MAX_UNPACKED_BYTES: Final = 64 << 30
# A district's XML shrinks to a fortieth; what shrinks to less than a 250th is a bomb, unless it is small.
MAX_RATIO: Final = 250
_SMALL_BYTES: Final = 64 << 20
_IS_ENCRYPTED: Final = 1
DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
"""What reading a member raises when the archive is damaged or packed in a way nobody can unpack."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; `open` gives its content from the start, as often as asked."""

    name: str
    archive: Path
    path: str

    def open(self) -> BinaryIO:
        """A seekable stream; reading it raises one of DAMAGE when the archive is damaged."""
        return _open_member(self.archive, self.path)


def read_members(path: Path, *, name: str) -> Iterator[Member | Finding]:
    """The files of an archive that may be read, and a finding for each that may not."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield Finding(
            "archive.unreadable",
            "The file is no zip archive, or it is damaged.",
            Place(name),
            "Make it again.",
        )
        return
    if len(infos) > MAX_MEMBERS or sum(i.file_size for i in infos) > MAX_UNPACKED_BYTES:
        yield Finding(
            "archive.too_large",
            f"The archive holds more than {MAX_MEMBERS} files or {MAX_UNPACKED_BYTES >> 30} GB.",
            Place(name),
            "Send it in several archives.",
        )
        return
    yield from (_check_member(path, info, name=name) for info in infos)


def damaged(file: str) -> Finding:
    """The archive broke while a file of it was read."""
    return Finding(
        "archive.damaged",
        "The file cannot be read to its end; what stands before the damage has been read.",
        Place(file),
        "Make the archive again and send it.",
    )


def _check_member(path: Path, info: zipfile.ZipInfo, *, name: str) -> Member | Finding:
    place = Place(f"{name}/{Path(info.filename).name}")
    if _leaves_archive(info.filename):
        return Finding(
            "archive.path",
            "The file's name in the archive leads out of it.",
            place,
            "Name it without a path.",
        )
    if info.flag_bits & _IS_ENCRYPTED:
        return Finding(
            "archive.encrypted", "The file is protected by a password.", place, "Send it without one."
        )
    # Never more than the declared size is unpacked, so the declaration may be believed.
    if info.file_size > max(_SMALL_BYTES, MAX_RATIO * info.compress_size):
        return Finding(
            "archive.bomb",
            f"The file unpacks to more than {MAX_RATIO} times its size.",
            place,
            "Send it unpacked if it is what it should be.",
        )
    return Member(f"{name}/{info.filename}", path, info.filename)


def _leaves_archive(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _open_member(path: Path, member: str) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    stream = archive.open(member)
    close = stream.close
    stream.close = partial(_close_both, close, archive)  # type: ignore[method-assign]  # one thing to close
    return cast("BinaryIO", stream)


def _close_both(close: object, archive: zipfile.ZipFile) -> None:
    if callable(close):
        close()
    archive.close()
