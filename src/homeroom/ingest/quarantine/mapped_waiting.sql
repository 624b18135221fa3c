-- The rows that wait and that a spec mapped. $1 batch, $2 last id seen, $3 at most.
-- One row each: as `list_waiting` gives it, then the sealed row.
select id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at, row_sealed
from ingest.quarantine
where batch = $1::bigint and state = 'waiting' and spec is not null and id > $2::bigint
order by id
limit $3::integer
