"""One record: every member, where it is from, how it stood before, who read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from starlette.responses import Response

from homeroom.records.read import Record, read_records
from homeroom.records.views.record_history import (
    LedgerView,
    Members,
    Provenance,
    RecordHistory,
    read_history,
    read_ledger,
)
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Resource
from homeroom.trust.areas import Area
from homeroom.trust.grant import Action, Refusal
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.fields import Change, Field, changes_between, key_text, label_of, read_fields
from homeroom.web.pages.forms import parse_position
from homeroom.web.pages.visits import MemberVisit


@dataclass(frozen=True, slots=True)
class Version:
    """A change. changed_at: when the earlier version was replaced; origin: of that earlier version."""

    changed_at: datetime
    changes: Sequence[Change]
    origin: Provenance


@dataclass(frozen=True, slots=True)
class RecordPage:
    """label, key: what the record is, and which. name: the standard's own. list_address: of others like it.

    withheld: labels of members that the purpose does not cover; purpose: its code.
    ledger: who read it, None where the role may not know; uuid: the record's own id.
    """

    label: str
    name: str
    key: str
    uuid: UUID
    list_address: str
    fields: Sequence[Field]
    withheld: Sequence[str]
    purpose: str
    created_at: datetime
    modified_at: datetime
    origin: Provenance
    versions: Sequence[Version]
    ledger: LedgerView | None


async def show_record(visit: MemberVisit) -> Response:
    """The record as the reader's purpose shows it; the same answer when it is absent or out of reach."""
    resource = find_resource(visit)
    grant = visit.decide_any(Action.READ, resource.name) if resource else None
    if resource is None or grant is None or isinstance(grant, Refusal):
        return answer_absent(visit)
    uuid: UUID = visit.request.path_params["record"]
    record = (await read_records(visit.district, grant, uuids=[uuid])).get(uuid)
    history = await read_history(visit.district, grant, uuid=uuid) if record else None
    if record is None or history is None:
        return answer_absent(visit)
    members: Members = msgspec.json.decode(record.body)
    classification = visit.district.sealing.classification
    page = RecordPage(
        label=classification.of(resource.name, "$").label,
        name=resource.name,
        key=key_text(resource, members),
        uuid=uuid,
        list_address=f"/records{resource.path}",
        fields=read_fields(classification, resource, members),
        withheld=sorted(label_of(classification, resource.name, m) for m in grant.hidden),
        purpose=grant.purpose.value,
        created_at=history.created_at,
        modified_at=history.modified_at,
        origin=history.origin,
        versions=_versions(classification, resource, members, history),
        ledger=await _read_ledger(visit, resource, record),
    )
    return visit.render("record.html", page)


async def _read_ledger(visit: MemberVisit, resource: Resource, record: Record) -> LedgerView | None:
    leave = visit.leave_for(Area.LEDGER)
    if leave is None:
        return None
    asked = visit.request.query_params.get("entries-before", "")
    before = {"before": entry} if (entry := parse_position(asked)) is not None else {}
    return await read_ledger(visit.district, leave, resource=resource.name, record=record.id, **before)


def find_resource(visit: MemberVisit) -> Resource | None:
    """The resource that the address names."""
    schema, endpoint = visit.request.path_params["schema"], visit.request.path_params["endpoint"]
    return visit.district.catalog.model.by_path.get((schema.lower(), endpoint.lower()))


def _versions(
    classification: ClassificationTable, resource: Resource, members: Members, history: RecordHistory
) -> Sequence[Version]:
    """Each replaced version beside the one that came after it, the newest first."""
    versions = []
    after = members
    for earlier in history.earlier:
        changes = changes_between(classification, resource, earlier.members, after)
        versions.append(Version(earlier.replaced_at, changes, earlier.origin))
        after = earlier.members
    return versions
