-- Which rows wait for people of whom the district had nobody? $1 the codes, $2 last id seen, $3 at most.
-- One row each: as `list_waiting` gives it, then the sealed row.
select id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at, row_sealed
from ingest.quarantine
where state = 'waiting' and code = any($1::text[]) and id > $2::bigint
order by id
limit $3::integer
