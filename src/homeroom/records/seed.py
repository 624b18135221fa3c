"""What a new district starts with: the standard's descriptor values and school years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from homeroom.records.district import District
from homeroom.records.prepare import Draft
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.purposes import Purpose
from homeroom.standard.read import load_school_years, load_seed_descriptors, read_source
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Grant


def seed_content(standard: str) -> bytes:
    """All that decides what `seed_district` writes for a standard version."""
    return read_source(standard, "descriptors") + read_source(standard, "xml")


async def seed_district(district: District) -> None:
    """Writes the seed values; what is there already stays."""
    version = district.entry.standard
    for kind, values in groupby(load_seed_descriptors(version), key=lambda v: v["kind"]):
        bodies = [
            {
                "namespace": v["namespace"],
                "codeValue": v["code_value"],
                "shortDescription": v["short_description"][:75],
                "description": v["short_description"],
            }
            for v in values
        ]
        await _write(district, kind, bodies)
    years = [
        {"schoolYear": y, "schoolYearDescription": f"{y - 1}-{y}", "currentSchoolYear": False}
        for y in load_school_years(version)
    ]
    await _write(district, "SchoolYearType", years)


async def _write(district: District, resource: str, bodies: Sequence[Mapping[str, object]]) -> None:
    operator = Operator("seed")
    create, update = (
        Grant(operator, Purpose.PLATFORM_OPERATION, action, resource, basis="new district")
        for action in (Action.CREATE, Action.UPDATE)
    )
    leave = WriteLeave(create, update, per_record=False)
    document = district.catalog.kind(resource).document
    drafts = [Draft(document.convert(body)) for body in bodies]
    await write_documents(district, resource, drafts=drafts, leave=leave)
