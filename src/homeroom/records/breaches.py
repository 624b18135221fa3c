"""Records that break a rule across records: a statement by hand, under the Grants of a task, noted in the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from homeroom.base.errors import HomeroomError
from homeroom.records.district import District
from homeroom.records.ledger import ledger_texts
from homeroom.records.tasks import decide_task
from homeroom.records.views.granted import bind_grants
from homeroom.store.predicates import Parameters
from homeroom.store.queries import query
from homeroom.trust.grant import Action, Grant

_TASK = "check"


class CheckRefusedError(HomeroomError):
    """The policy does not let rules read what one of them is about."""

    code = "records.check"


async def find_breaches(
    district: District, statement: str, *, subject: str, reads: Collection[str], students: Sequence[str]
) -> list[tuple[UUID, str]]:
    """Records that break a rule, each with its student's number.

    statement: as `ingest.rules.register` describes it; its tables about people stand with `granted(...)`. subject: the
    resource of the records; reads: every resource that the statement names. One ledger entry says what was found.
    """
    grants: dict[str, Grant] = {}
    for resource in reads:
        decision = decide_task(district, _TASK, action=Action.READ, resource=resource)
        if not isinstance(decision, Grant):
            raise CheckRefusedError(f"The policy does not let rules read {resource}.")
        grants[resource] = decision
    parameters = Parameters(list(students))
    text = bind_grants(statement, grants, tables=district.catalog.tables, parameters=parameters)
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(text, *parameters.values)
        entry = ledger_texts(grants[subject], "")
        await connection.execute(query("homeroom.records", "feed_entry"), *entry, len(rows), [])
    return [(uuid, number) for uuid, number in rows]
