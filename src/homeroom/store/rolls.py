"""People as matching compares them: who stands under a unique id, and the roll of all. Each with its ledger entry."""

from __future__ import annotations

from homeroom.store.entries import ledger_insert
from homeroom.store.tables import Table


def find_people(table: Table) -> str:
    """Which unique ids stand. Parameters: an array of unique ids, then the ledger's six texts. Rows: unique id."""
    key = table.key[0]
    return (
        f'with found as materialized (select t.id, t."{key}" as unique_id from {table.qualified} t'
        f' where t."{key}" = any($1::text[])), '
        f"entry as ({ledger_insert('found having count(*) > 0', ids='id', first=2, per_record=False)})"
        " select unique_id from found"
    )
