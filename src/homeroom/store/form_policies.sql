-- Which tables show their rows behind the fence alone? $1: names of schemas. One row per table: it, its condition.
select format('%I.%I', n.nspname, c.relname), pg_get_expr(p.polqual, p.polrelid)
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1::text[]) and c.relrowsecurity
order by c.oid
