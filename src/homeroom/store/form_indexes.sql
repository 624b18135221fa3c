-- What indexes do some tables have that are no key's? $1: names of schemas. One row per index: its table, its name,
-- all that follows the name in its DDL, whether it is unique.
select
    format('%I.%I', n.nspname, c.relname), o.relname, substring(pg_get_indexdef(o.oid) from ' (ON .*)$'), i.indisunique
from pg_index i
join pg_class o on o.oid = i.indexrelid
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1::text[])
    and not exists (select from pg_constraint k where k.conindid = o.oid and k.contype in ('p', 'u'))
order by c.oid, o.relname
