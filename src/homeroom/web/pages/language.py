"""Translatable text: messages are their English sentences; a file per language holds what they become.

Reads the files beside this module once. English needs none and is always complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

import yaml

_PACKAGE: Final = "homeroom.web.pages"


@dataclass(frozen=True, slots=True)
class Language:
    """One language. code: as in `lang`; name: in the language itself.

    messages: English sentence to its translation; plurals: English singular to (one, many).
    """

    code: str
    name: str
    messages: Mapping[str, str] = field(default_factory=dict)
    plurals: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def text(self, message: str) -> str:
        """The message in this language, or in English where nobody has translated it yet."""
        return self.messages.get(message, message)

    def count(self, one: str, many: str, number: int) -> str:
        """The form of a message that fits the number."""
        own = self.plurals.get(one, (one, many))
        return own[0] if number == 1 else own[1]


ENGLISH: Final = Language("en", "English")


def load_languages() -> Mapping[str, Language]:
    """Every language there is a file for, and English, by code."""
    found = {ENGLISH.code: ENGLISH}
    for entry in (files(_PACKAGE) / "messages").iterdir():
        if entry.name.endswith(".yaml"):
            code = entry.name.removesuffix(".yaml")
            found[code] = _parse_language(code, entry.read_text(encoding="utf-8"))
    return found


def choose_language(accepted: str, known: Mapping[str, Language]) -> Language:
    """The first language of an Accept-Language header that we have; English when there is none."""
    for code in _by_preference(accepted):
        language = known.get(code) or known.get(code.partition("-")[0])
        if language is not None:
            return language
    return ENGLISH


def _parse_language(code: str, text: str) -> Language:
    content = yaml.safe_load(text)
    plurals = {one: (forms[0], forms[1]) for one, forms in (content.get("plurals") or {}).items()}
    return Language(code, content["name"], content.get("messages") or {}, plurals)


def _by_preference(accepted: str) -> Sequence[str]:
    weighed = []
    for part in accepted[:200].split(","):
        code, _, weight = part.strip().partition(";q=")
        weighed.append((_weight(weight), code.strip().lower()))
    return [code for weight, code in sorted(weighed, key=lambda w: -w[0]) if weight > 0]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
