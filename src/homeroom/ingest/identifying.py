"""Who the people of mapped files are: looked up as a set, by the crosswalk, exact keys and likeness, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.matching.people import Person
from homeroom.records.district import District
from homeroom.records.people.identities import (
    Identity,
    Incoming,
    Known,
    New,
    Undecided,
    identify_people,
    leave_to_identify,
)
from homeroom.store.connect import Connection

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
    from homeroom.ingest.mapping.spec import PersonSpec

_FACTS: Final = frozenset(field.name for field in fields(Person)) - {"known_ids"}


async def identify(
    district: District,
    mapping: CompiledSpec,
    people: Mapping[str, polars.DataFrame],
    *,
    connection: Connection,
    task: str,
    batch: int | None,
) -> dict[str, polars.DataFrame]:
    """Who each of the people is, as `Prepared.people` has it. people: from `gather_people`.

    Within the caller's transaction, with its ledger entries. task: as for `leave_to_identify`.
    """
    return {
        name: await _identify(
            district, mapping.spec.people[name], rows, connection=connection, task=task, batch=batch
        )
        for name, rows in people.items()
    }


async def _identify(
    district: District,
    person: PersonSpec,
    rows: polars.DataFrame,
    *,
    connection: Connection,
    task: str,
    batch: int | None,
) -> polars.DataFrame:
    from homeroom.ingest.mapping.people import PERSON_ID  # noqa: PLC0415 - needs polars, a slow import

    grant = leave_to_identify(district, person.resource, task=task)
    answers = await identify_people(
        district, grant, people=_incoming(person, rows), connection=connection, batch=batch
    )
    return found_frame(rows[PERSON_ID].to_list(), [_answer(person, answer) for answer in answers])


def found_frame(ids: Sequence[str], answers: Sequence[tuple[str | None, str]]) -> polars.DataFrame:
    """A frame as in `Prepared.people`. answers: unique id and standing of each id."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    from homeroom.ingest.mapping.mapping import NOBODY_FOUND  # noqa: PLC0415 - as above

    columns = (list(ids), [unique_id for unique_id, _ in answers], [standing for _, standing in answers])
    return polars.DataFrame(dict(zip(NOBODY_FOUND.columns, columns, strict=True)), schema=NOBODY_FOUND.schema)


def _incoming(person: PersonSpec, rows: polars.DataFrame) -> list[Incoming]:
    """The people as the matching takes them: one for each row of a frame of people."""
    from homeroom.ingest.mapping.people import PERSON_ID, number_column  # noqa: PLC0415 - needs polars
    from homeroom.ingest.mapping.spec import Newcomers  # noqa: PLC0415 - as above

    columns = {system: number_column(system) for system in person.known_ids}
    brings_new = person.newcomers is Newcomers.ADD
    found = []
    for row in rows.iter_rows(named=True):
        said: dict[str, object] = {fact: row[fact] for fact in _FACTS & row.keys() if row[fact] is not None}
        said["known_ids"] = [(s, row[column]) for s, column in columns.items() if row[column] is not None]
        one = msgspec.convert(said, type=Person)
        unique_id = row.get("unique_id") or ""
        found.append(Incoming(person.source, row[PERSON_ID], one, unique_id, brings_new))
    return found


def _answer(person: PersonSpec, answer: Identity) -> tuple[str | None, str]:
    from homeroom.ingest.mapping.functions_people import Standing  # noqa: PLC0415 - needs polars
    from homeroom.ingest.mapping.spec import Newcomers  # noqa: PLC0415 - as above

    is_added = person.newcomers is Newcomers.ADD
    match answer:
        case Known():
            return answer.unique_id, Standing.NEW if answer.was_new and is_added else Standing.KNOWN
        case New():
            return (answer.unique_id, Standing.NEW) if is_added else (None, Standing.NOBODY)
        case Undecided():
            return None, Standing.UNDECIDED
