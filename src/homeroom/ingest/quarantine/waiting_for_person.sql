-- Which rows wait until it is known who somebody is? $1 the person, as rows may wait for them, $2 last id seen, $3 at most.
-- One row each: as `list_waiting` gives it, then the sealed row.
select id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at, row_sealed
from ingest.quarantine
where state = 'waiting' and missing = any($1::text[]) and id > $2::bigint
order by id
limit $3::integer
