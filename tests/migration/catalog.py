"""What PostgreSQL itself says of a database's objects, as comparable lines; the order of columns aside."""

from __future__ import annotations

import asyncpg

_QUESTIONS = {
    "column": """
        select format('%s.%s.%s %s%s%s %s %s', n.nspname, c.relname, a.attname,
               format_type(a.atttypid, a.atttypmod),
               case when a.attnotnull then ' not null' else '' end, a.attidentity,
               coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attstorage)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'S')""",
    "constraint": """
        select format('%s.%s %s %s validated=%s', n.nspname, c.relname, k.conname,
               pg_get_constraintdef(k.oid), k.convalidated)
        from pg_constraint k join pg_class c on c.oid = k.conrelid
        join pg_namespace n on n.oid = c.relnamespace
        where k.contype <> 'n'""",
    "index": """
        select format('%s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid)
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where true""",
    "view": """
        select format('%s.%s %s %s', n.nspname, c.relname, coalesce(c.reloptions::text, ''),
               pg_get_viewdef(c.oid))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v'""",
    "policy": """
        select format('%s.%s %s %s', n.nspname, c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid))
        from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
        where true""",
    "table": """
        select format('%s.%s %s security=%s forced=%s %s', n.nspname, c.relname, c.relkind, c.relrowsecurity,
               c.relforcerowsecurity,
               (select string_agg(x::text, ',' order by x::text) from unnest(c.relacl) x))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v', 'S')""",
    "schema": """
        select format('%s %s', n.nspname,
               (select string_agg(x::text, ',' order by x::text) from unnest(n.nspacl) x))
        from pg_namespace n where true""",
}
_OURS = " and n.nspname !~ '^(pg_|information_schema|public)'"


async def read_catalog(dsn: str) -> set[str]:
    """Every object of a database's own schemas, each in one line."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            f"{kind}: {row[0]}"
            for kind, question in _QUESTIONS.items()
            for row in await connection.fetch(question + _OURS)
        }
    finally:
        await connection.close()
