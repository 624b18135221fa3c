"""What must hold in a district's database whatever was killed: nothing half written, nothing without its entry."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from homeroom.records.district import District
from homeroom.standard.model import Resource
from homeroom.store.ddl import links_of

DURABILITY: Final = ("fsync", "full_page_writes", "synchronous_commit")
_AT_ONCE: Final = 200


async def fetch(district: District, sql: str, *values: object) -> list[Any]:
    """Looks behind the fence, as only a test may."""
    async with district.database.reading(None) as connection:
        return [tuple(row) for row in await connection.fetch(sql, *values)]


async def durability(district: District) -> dict[str, str]:
    """What the server says of the settings that keep what it has acknowledged."""
    return {name: (await fetch(district, f"show {name}"))[0][0] for name in DURABILITY}


async def orphans(district: District) -> Mapping[str, int]:
    """Rows whose reference, descriptor or owner leads nowhere, by table and column; only those that are not zero."""
    checks = list(_reference_checks(district))
    found: dict[str, int] = {}
    for start in range(0, len(checks), _AT_ONCE):
        counted = await fetch(district, " union all ".join(checks[start : start + _AT_ONCE]))
        found |= {place: rows for place, rows in counted if rows}
    return found


def _reference_checks(district: District) -> Iterator[str]:
    for table in district.catalog.tables.values():
        if table.kind:
            continue
        for reference in table.references:
            yield _dangling(table.qualified, reference.name, reference.target_table)
        for column in table.columns:
            if column.property.descriptor:
                yield _dangling(table.qualified, column.name, "edfi.descriptor")
        for link in links_of(table):
            name = f'"{table.schema}"."{link.name}"'
            yield _dangling(name, "target", link.target_table)
            yield _dangling(name, "owner", table.qualified)
        if table.identity:
            yield _dangling(table.qualified, "id", table.identity.table)
    for name, abstract in _identities(district).items():
        concrete = " union all ".join(f"select id from {table}" for table in abstract)
        yield (
            f"select '{name}', count(*) from {name} t"
            f" where not exists (select 1 from ({concrete}) c where c.id = t.id)"
        )


def _identities(district: District) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in district.catalog.tables.values():
        if table.identity:
            found.setdefault(table.identity.table, []).append(table.qualified)
    return found


def _dangling(table: str, column: str, target: str) -> str:
    return (
        f"select '{table}.{column}', count(*) from {table} t where t.\"{column}\" is not null"
        f' and not exists (select 1 from {target} r where r.id = t."{column}")'
    )


async def unaccounted(district: District, resources: Sequence[str]) -> list[str]:
    """Records whose ledger entries, before-images and tombstones do not tell one story.

    Each record has one entry for its creation, one for each time it was replaced or removed, and a before-image
    for each of those; one that is gone has one tombstone, one that stands none.
    """
    rows = [row for resource in resources for row in await fetch(district, _story(district, resource))]
    wrong = []
    for resource, record, stands, created, changed, images, deletions, tombstones in rows:
        gone = 0 if stands else 1
        if (created, changed + deletions, deletions, tombstones) != (1, images, gone, gone):
            wrong.append(
                f"{resource} {record}: stands {stands}, created {created}, changed {changed}, images {images},"
                f" deleted {deletions}, tombstones {tombstones}"
            )
    return wrong


def _story(district: District, resource: str) -> str:
    table = district.catalog.tables[resource].qualified
    return (
        "with entry as (select unnest(records) as record, action from trust.ledger_entry"
        f" where resource = '{resource}' and action in ('Create', 'Update', 'Delete')),"
        " told as (select record, count(*) filter (where action = 'Create') as created,"
        " count(*) filter (where action = 'Update') as changed,"
        " count(*) filter (where action = 'Delete') as deleted from entry group by record),"
        f" known as (select record from told union select id from {table}"
        f" union select record from edfi.before_image where resource = '{resource}'"
        f" union select record from edfi.deleted_record where resource = '{resource}')"
        f" select '{resource}', k.record, exists (select 1 from {table} t where t.id = k.record),"
        " coalesce(t.created, 0), coalesce(t.changed, 0),"
        f" (select count(*) from edfi.before_image b where b.resource = '{resource}' and b.record = k.record),"
        " coalesce(t.deleted, 0),"
        f" (select count(*) from edfi.deleted_record d where d.resource = '{resource}' and d.record = k.record)"
        " from known k left join told t on t.record = k.record"
    )


async def reused_versions(district: District, resources: Sequence[str]) -> list[int]:
    """Change versions that more than one row or tombstone carries, or that the sequence has yet to reach."""
    tables = [district.catalog.tables[resource].qualified for resource in resources]
    stamped = [f"select change_version from {table}" for table in tables]
    stamped += [
        "select change_version from edfi.deleted_record",
        "select change_version from edfi.key_change",
    ]
    return [
        version
        for (version,) in await fetch(
            district,
            f"select change_version from ({' union all '.join(stamped)}) s group by change_version"
            " having count(*) > 1 or change_version > (select last_value from edfi.change_version) order by 1",
        )
    ]


async def untrue_links(district: District, resource: str, *, member: str, target: str) -> list[str]:
    """Records whose link rows are not just the records that the references in their document lead to.

    member: of the items of the collection with the same stem, as `classPeriodReference` in `classPeriods`.
    """
    table = district.catalog.tables[resource]
    link = next(link for link in links_of(table) if link.target == target)
    collection = member.removesuffix("Reference") + "s"
    wanted = district.catalog.model.resources[target]
    rows = await fetch(
        district,
        f"select t.doc || '}}', array(select r.uuid || ' ' || r.doc || '}}' from \"{table.schema}\".\"{link.name}\" l"
        f" join {district.catalog.tables[target].qualified} r on r.id = l.target where l.owner = t.id)"
        f" from {table.qualified} t",
    )
    return [
        document
        for document, linked in rows
        if _named(json.loads(document), collection, member) != _standing(linked, wanted)
    ]


def _named(document: dict[str, Any], collection: str, member: str) -> set[tuple[str, ...]]:
    """(address, key values) of what the references in a document say."""
    found = set()
    for item in document.get(collection, ()):
        reference = dict(item[member])
        href = reference.pop("link")["href"]
        found.add((href.rpartition("/")[2], *(str(reference[name]) for name in sorted(reference))))
    return found


def _standing(linked: Sequence[str], target: Resource) -> set[tuple[str, ...]]:
    """The same of the records that are linked, from their own documents."""
    found = set()
    for row in linked:
        uuid, _, text = row.partition(" ")
        document = json.loads(text)
        flat = document | {n: v for m in document.values() if isinstance(m, dict) for n, v in m.items()}
        names = sorted(key.name for key in target.key)
        found.add((uuid.replace("-", ""), *(str(flat[name]) for name in names)))
    return found
