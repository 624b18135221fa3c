"""A folder that is watched: each file is taken once it has arrived whole, and again when it has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.arrivals import Arrivals, FileStamp, is_wanted
from homeroom.ingest.connectors.source import (
    Fetch,
    Fetched,
    SourceConnector,
    SourceSettings,
    Surroundings,
    check_settings,
)
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import Folder


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """Settings: `path`, absolute; `pattern`, names that are taken, all when it is missing.

    Files within it alone, no folders below; links are not followed. Visit it every few seconds or minutes.
    """

    kind: str = "folder"

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """The files that have settled since the last visit; the first visit only looks."""
        del surroundings
        faulty = check_settings(settings, required=("path",), optional=("pattern",))
        if faulty is not None:
            return faulty
        folder = Path(settings["path"])
        if not folder.is_absolute() or not folder.is_dir():
            words = "The folder is not there, or its path does not begin at the root."
            return Finding(
                "source.no_folder", words, Place(str(folder)), "Correct the path, or make the folder."
            )
        listing = _listing(folder, settings.get("pattern", "*"))
        ready, arrivals = Arrivals.parse(bookmark).visit(listing)
        return Fetch(_files(folder, ready), arrivals.render)


def _listing(folder: Path, patterns: str) -> dict[str, FileStamp]:
    found: dict[str, FileStamp] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and is_wanted(entry.name, patterns):
                status = entry.stat(follow_symlinks=False)
                found[entry.name] = FileStamp(status.st_size, status.st_mtime_ns)
    return found


def _files(folder: Path, names: tuple[str, ...]) -> Iterator[Fetched]:
    for name in names:
        yield SourceFile(name, Folder({name: partial(_open, folder / name)}), name)


def _open(path: Path) -> BinaryIO:
    """Not through a link, should one have taken the file's place."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")


CONNECTOR: Final[SourceConnector] = WatchedFolder()
