"""Which files of a place have arrived: those that were the same at two visits and have not been taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

_UNFINISHED: Final = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lock")


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What changes when a file is written to."""

    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was seen at the last visit, by name, and whether it was taken then."""

    seen: Mapping[str, tuple[FileStamp, bool]]

    @classmethod
    def parse(cls, bookmark: str | None) -> Arrivals:
        """As `render` wrote it; one that cannot be read counts as none, so that files are taken again."""
        try:
            entries = json.loads(bookmark or "{}").items()
            return cls(
                {str(name): (FileStamp(int(size), int(at)), bool(took)) for name, (size, at, took) in entries}
            )
        except (ValueError, TypeError, AttributeError):
            return cls({})

    def render(self) -> str:
        """As a bookmark."""
        return json.dumps({name: [s.size, s.modified, took] for name, (s, took) in sorted(self.seen.items())})

    def visit(self, listing: Mapping[str, FileStamp]) -> tuple[tuple[str, ...], Arrivals]:
        """(names to take now, what the next visit must know).

        A file that is still growing, or was not there before, is left for the next visit; one that was taken is
        taken again only when it has changed and settled anew.
        """
        unchanged = {
            name for name, stamp in listing.items() if name in self.seen and self.seen[name][0] == stamp
        }
        ready = tuple(sorted(name for name in unchanged if not self.seen[name][1]))
        return ready, Arrivals({name: (stamp, name in unchanged) for name, stamp in listing.items()})


def is_wanted(name: str, patterns: str) -> bool:
    """Whether a file's name fits one of the patterns (`*.csv *.xlsx`) and is not that of an unfinished copy."""
    if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED) or "/" in name or "\\" in name:
        return False
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns.split() or ("*",))
