"""What no district may hold (T4) is taken out at the door, and whoever sent it is told."""

from __future__ import annotations

from homeroom.base.findings import Finding, Place, Severity
from homeroom.records.district import Sealing
from homeroom.standard.documents import Document
from homeroom.standard.model import Resource

REFUSED_MEMBER = "refused.member"
REFUSED_RECORD = "refused.record"


def drop_refused(sealing: Sealing, resource: Resource, document: Document) -> list[Finding]:
    """Takes refused members and items out of the document.

    A warning names each; an error instead says that the record as a whole is of a refused kind.
    """
    found: list[Finding] = []
    for member in sealing.refused_members(resource):
        if getattr(document, member) is not None:
            setattr(document, member, None)
            found.append(_dropped(f"$.{member}"))
    for codes in sealing.refused_codes(resource):
        if codes.path == "$":
            if codes.is_refused(getattr(document, codes.member) or ""):
                return [_refused_whole(f"$.{codes.member}")]
            continue
        name = codes.path.removeprefix("$.").removesuffix("[*]")
        items = getattr(document, name) or []
        kept = [item for item in items if not codes.is_refused(getattr(item, codes.member) or "")]
        if len(kept) < len(items):
            setattr(document, name, kept or None)
            found.append(_dropped(f"$.{name}"))
    return found


def _dropped(path: str) -> Finding:
    words = f"{path.removeprefix('$.')} holds what this district may not keep; it was not stored."
    return Finding(
        REFUSED_MEMBER, words, Place(path=path), "Leave it out of what you send.", Severity.WARNING
    )


def _refused_whole(path: str) -> Finding:
    words = "Records of this kind may not be kept here; it was not stored."
    return Finding(REFUSED_RECORD, words, Place(path=path), "Leave it out of what you send.")
