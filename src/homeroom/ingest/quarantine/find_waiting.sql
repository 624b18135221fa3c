-- Which rows wait for these records? $1 missing texts, $2 last id seen, $3 at most. Looked up one text after the other: other rows are not passed over.
-- One row each: id, batch, file, line, resource, sealed row, when it was added, key of its row; locked for the one who asks.
select id, batch, file, line, resource, row_sealed, added_at, row_key
from ingest.quarantine
where state = 'waiting' and missing in (select unnest($1::text[])) and id > $2::bigint
order by id
limit $3::integer
for update skip locked
