"""The ledger entry as part of the statement whose rows it tells of: no row leaves or changes without one."""

from __future__ import annotations

from typing import Final

LEDGER_COLUMNS: Final = "actor, purpose, action, resource, basis, request"


def ledger_insert_each(source: str, *, ids: str, first: int, match: str, wanted: str) -> str:
    """A ledger entry for each row of a CTE, with the request that asked for it.

    Five texts from `first` on, then an array of requests. wanted: an array parameter as long as that one, with what
    each request's row has in the column `match`.
    """
    texts = ", ".join(f"${n}::text" for n in range(first, first + 5))
    return (
        f"insert into trust.ledger_entry ({LEDGER_COLUMNS}, rows, records)"
        f" select {texts}, asked.request, 1, array[{source}.{ids}] from {source}"
        f" join unnest({wanted}, ${first + 5}::text[]) as asked (wanted, request) on asked.wanted = {source}.{match}"
    )


def ledger_insert(source: str, *, ids: str, first: int, per_record: bool) -> str:
    """A ledger entry over the rows of a CTE, its six texts from `first` on; or one entry per row."""
    texts = ", ".join(f"${n}::text" for n in range(first, first + 6))
    head = f"insert into trust.ledger_entry ({LEDGER_COLUMNS}, rows, records)"
    if per_record:
        return f"{head} select {texts}, 1, array[{ids}] from {source}"
    return f"{head} select {texts}, count(*)::integer, coalesce(array_agg({ids} order by {ids}), '{{}}') from {source}"


def ledger_insert_asked(source: str, *, ids: str, first: int, match: str, wanted: str) -> str:
    """A ledger entry for each question about a row of a CTE, by whoever asked it.

    Three texts from `first` on: purpose, action and resource; then arrays with actor, basis and request of each
    question. match, wanted: as of `ledger_insert_each`.
    """
    purpose, action, resource = (f"${n}::text" for n in range(first, first + 3))
    arrays = ", ".join(f"${n}::text[]" for n in range(first + 3, first + 6))
    return (
        f"insert into trust.ledger_entry ({LEDGER_COLUMNS}, rows, records)"
        f" select asked.actor, {purpose}, {action}, {resource}, asked.basis, asked.request, 1, array[{source}.{ids}]"
        f" from {source} join unnest({wanted}, {arrays}) as asked (wanted, actor, basis, request)"
        f" on asked.wanted = {source}.{match}"
    )


def ledger_insert_set(source: str, *, size: str, ids: str, first: int) -> str:
    """A ledger entry over the ids that stand together in the one row of a CTE, its six texts from `first` on."""
    texts = ", ".join(f"${n}::text" for n in range(first, first + 6))
    return (
        f"insert into trust.ledger_entry ({LEDGER_COLUMNS}, rows, records)"
        f" select {texts}, {size}, {ids} from {source} where {size} > 0"
    )
