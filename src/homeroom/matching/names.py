"""Names as they are compared: without case, accents and punctuation, in parts, by sound, and by their short forms."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from homeroom.matching.nicknames import FORMAL_NAMES

# Letters that Unicode does not take apart into a base and an accent.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ß": "ss"}
)
_APOSTROPHES: Final = re.compile("['`.\\u00b4\\u02bb\\u02bc\\u2018\\u2019]")
_NO_LETTERS: Final = re.compile(r"[^\w]+|[\d_]+")
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"})
# Words that belong to a surname but tell nobody apart.
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la"}
    | {"las", "le", "los", "san", "santa", "st", "van", "von", "y"}
)
_SOUNDS: Final = (
    (re.compile(r"^(kn|gn|pn|wr)"), lambda m: m[1][1]),
    (re.compile(r"sch|sh|tch|ch|cz|tz"), lambda _: "x"),
    (re.compile(r"ph"), lambda _: "f"),
    (re.compile(r"[gk]h|ck|q|c(?![eiy])"), lambda _: "k"),
    (re.compile(r"[cz]"), lambda _: "s"),
    (re.compile(r"ll|[jy]"), lambda _: "i"),
    (re.compile(r"[vw]"), lambda _: "b"),
    (re.compile(r"th|d"), lambda _: "t"),
    (re.compile(r"m(?=[bpf])"), lambda _: "n"),
    (re.compile(r"h"), lambda _: ""),
)
_DOUBLED: Final = re.compile(r"(.)\1+")
_VOWELS: Final = re.compile(r"[aeiou]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. whole: all letters without a gap; parts: its words, without particles where others remain."""

    whole: str
    parts: tuple[str, ...]


def fold(text: str) -> str:
    """Small letters without accents; the words parted by one blank."""
    # Some signs stand for several letters, some of them capital; so the case goes after they are taken apart.
    bare = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    bare = unicodedata.normalize("NFKD", bare)
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(_NO_LETTERS.sub(" ", _APOSTROPHES.sub("", bare)).split())


@lru_cache(maxsize=200_000)
def parse_name(text: str) -> Name:
    """A name as it is compared. `García-López`, `GARCIA LOPEZ` and `garcia lopez jr.` are the same."""
    words = fold(text).split()
    kept = [word for word in words if word not in _SUFFIXES] or words
    parts = [word for word in kept if word not in _PARTICLES] or kept
    return Name("".join(kept), tuple(parts))


@lru_cache(maxsize=200_000)
def sound_of(word: str) -> str:
    """How a folded word sounds, roughly: `Thomsen`, `Tomson` and `Thompson` are near; a vowel counts at the start."""
    if not word:
        return ""
    for pattern, becomes in _SOUNDS:
        word = pattern.sub(becomes, word)
    word = _DOUBLED.sub(r"\1", word)
    return word[:1] + _DOUBLED.sub(r"\1", _VOWELS.sub("", word[1:]))[:5]


def are_short_forms(first: Name, second: Name) -> bool:
    """Whether one given name is a usual form of the other, or both of a third: `Bill` and `William`."""
    return not _formal(first.whole).isdisjoint(_formal(second.whole))


def _formal(word: str) -> frozenset[str]:
    return FORMAL_NAMES.get(word, frozenset()) | {word}


def are_parts(first: Name, second: Name) -> bool:
    """Whether one name is part of the other: `Garcia` of `Garcia Lopez`. Both compound and different is not."""
    shorter, longer = sorted((set(first.parts), set(second.parts)), key=len)
    return bool(shorter) and shorter < longer
