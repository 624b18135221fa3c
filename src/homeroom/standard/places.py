"""Where in a document a value stands: a path with item numbers instead of `[*]`."""

from __future__ import annotations

from collections.abc import Iterator

from homeroom.standard.documents import Document


def place_of(document: Document, holder: Document, path: str) -> str:
    """The path of this very holder's member: `$.classPeriods[1].classPeriodReference` for its `[*]` form.

    path: of the member, as `DocumentType.slots` and `.nested` have it. holder: the reference itself for a
    reference's path, the object around the member for any other.
    """
    steps = path.removeprefix("$.").split(".")
    for place, found, rest in _walk(document, steps, "$"):
        if found is holder:
            return ".".join([place, *rest])
    return path


def _walk(value: Document, steps: list[str], place: str) -> Iterator[tuple[str, Document, list[str]]]:
    """Every struct along the path: its place, itself, and the steps that remain below it."""
    yield place, value, steps
    if not steps:
        return
    head, rest = steps[0], steps[1:]
    if head.endswith("[*]"):
        name = head.removesuffix("[*]")
        for number, item in enumerate(getattr(value, name) or ()):
            yield from _walk(item, rest, f"{place}.{name}[{number}]")
        return
    inner = getattr(value, head)
    if isinstance(inner, Document):
        yield from _walk(inner, rest, f"{place}.{head}")
