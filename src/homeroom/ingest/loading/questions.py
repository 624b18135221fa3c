"""Questions: why a batch stopped, in words without anybody's values, for a person to say yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Question:
    """Something out of the usual. code: what is approved; remedy: what to do when the answer is no."""

    code: str
    words: str
    remedy: str


def render_questions(questions: Sequence[Question]) -> str:
    """Questions as JSON."""
    return msgspec.json.encode(questions).decode()


def parse_questions(text: str | None) -> tuple[Question, ...]:
    """Questions from their JSON; none from None."""
    return () if text is None else msgspec.json.decode(text, type=tuple[Question, ...])
