"""Values of a column of codes, and what each is likely to mean in the standard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from homeroom.ingest.suggest.words import NameIndex, words_of

_ALIKE: Final = 0.7


def guess_codes(kind: str, values: Iterable[str], *, descriptors: Sequence[str]) -> dict[str, str | None]:
    """Each value with the descriptor's code value it is likely to mean; None where nothing is near.

    kind: of the descriptor (`GradeLevelDescriptor`); descriptors: the code values there are.
    """
    meant = _meanings().get(kind, {})
    exact = {d.casefold(): d for d in descriptors}
    index = NameIndex({d: [words_of(d)] for d in descriptors})

    def guess(value: str) -> str | None:
        key = value.strip().casefold()
        known = exact.get(key) or meant.get(key) or meant.get(key.lstrip("0") or "0")
        if known is not None:
            return known if known in descriptors else None
        rating, best = max(((r, d) for d, r in index.likeness(words_of(value)).items()), default=(0.0, ""))
        return best if rating >= _ALIKE else None

    return {value: guess(value) for value in values}


@cache
def known_codes(kind: str, *, descriptors: tuple[str, ...]) -> frozenset[str]:
    """Every value, in lower case, that is a code of that kind of descriptor for certain."""
    return frozenset({*(d.casefold() for d in descriptors), *_meanings().get(kind, {})})


@cache
def _meanings() -> Mapping[str, Mapping[str, str]]:
    text = files("homeroom.ingest.suggest").joinpath("codes.yaml").read_text("utf-8")
    return {
        kind: {str(k).casefold(): v for k, v in entry.items()} for kind, entry in yaml.safe_load(text).items()
    }
