"""The text of an expression to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from homeroom.ingest.mapping.syntax import Hole, Template


class TokenKind(Enum):
    """What a token is."""

    TEXT = auto()
    COLUMN = auto()
    NUMBER = auto()
    NAME = auto()
    HOLE = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text as written (without its quotes), or its template, and where it starts."""

    kind: TokenKind
    text: str
    at: int
    template: Template = ()


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """What is wrong in an expression or template, and at which 0-based character."""

    words: str
    at: int
    remedy: str = ""


_BLANKS: Final = re.compile(r"\s*")
_PLAIN: Final = re.compile(
    r"(?P<NUMBER>\d+(?:\.\d+)?)(?![\w.])|(?P<NAME>[A-Za-z_]\w*)|(?P<SYMBOL><>|<=|>=|[-&+*/=<>(),])", re.ASCII
)
_HOLE: Final = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?:\.(?P<member>[A-Za-z_]\w*))?\}", re.ASCII)
_QUOTED: Final = {"'": ("'", TokenKind.TEXT), "[": ("]", TokenKind.COLUMN)}


def read_tokens(text: str) -> tuple[Token, ...] | SyntaxFault:
    """Every token of an expression, the last of them END, or the first fault."""
    tokens: list[Token] = []
    at = _skip_blanks(text, 0)
    while at < len(text):
        found = _token(text, at)
        if isinstance(found, SyntaxFault):
            return found
        token, end = found
        tokens.append(token)
        at = _skip_blanks(text, end)
    return (*tokens, Token(TokenKind.END, "", at))


def parse_template(text: str) -> Template | SyntaxFault:
    """A constant's text with its holes; `{{` stands for a brace before a name."""
    parts, end = _template(text, 0, closing=None)
    return end if isinstance(end, SyntaxFault) else parts


def _skip_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _token(text: str, at: int) -> tuple[Token, int] | SyntaxFault:
    start = text[at]
    if start in _QUOTED:
        closing, kind = _QUOTED[start]
        parts, end = _template(text, at + 1, closing=closing)
        if isinstance(end, SyntaxFault):
            return end
        return Token(kind, "", at, parts), end
    if start == "{":
        match = _HOLE.match(text, at)
        if match is None:
            return _bad_hole(at)
        return Token(TokenKind.HOLE, "", at, (Hole(match["name"], match["member"]),)), match.end()
    match = _PLAIN.match(text, at)
    if match is None:
        return SyntaxFault(f"'{start}' cannot stand here.", at, "Texts stand in '…', columns in […].")
    return Token(TokenKind[match.lastgroup or "SYMBOL"], match.group(), at), match.end()


def _template(text: str, at: int, *, closing: str | None) -> tuple[Template, int | SyntaxFault]:
    """The parts up to the closing sign, which is doubled to stand for itself, and the position after it."""
    start, parts, plain = at, list[str | Hole](), list[str]()

    def keep_plain() -> None:
        if plain:
            parts.append("".join(plain))
            plain.clear()

    while at < len(text):
        sign = text[at]
        if sign in ("{", closing) and text[at : at + 2] == sign * 2:
            plain.append(sign)
            at += 2
        elif sign == closing:
            keep_plain()
            return tuple(parts), at + 1
        elif sign == "{":
            match = _HOLE.match(text, at)
            if match is None:  # a brace as such, as in a regular expression's {4}
                plain.append(sign)
                at += 1
                continue
            keep_plain()
            parts.append(Hole(match["name"], match["member"]))
            at = match.end()
        else:
            plain.append(sign)
            at += 1
    if closing is not None:
        return (), SyntaxFault(
            f"The closing {closing} is missing.", start - 1, f"Write {closing} at its end."
        )
    keep_plain()
    return tuple(parts), at


def _bad_hole(at: int) -> SyntaxFault:
    return SyntaxFault("After { a name and } must follow.", at, "Write {name}, or {{ for a brace as such.")
