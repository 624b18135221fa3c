-- A row of the quarantine. $1 id. At most one row: as `list_waiting` gives it, then the sealed row.
select id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at, row_sealed
from ingest.quarantine
where id = $1::bigint
