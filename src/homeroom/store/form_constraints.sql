-- What rules do some tables have? $1: names of schemas. One row per rule: its table, its name, its text, whether it
-- is a key.
select format('%I.%I', n.nspname, c.relname), k.conname, pg_get_constraintdef(k.oid), k.contype in ('p', 'u')
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1::text[]) and k.contype in ('c', 'f', 'p', 'u')
order by c.oid, k.conname
