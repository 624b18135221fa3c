-- Which row of the quarantine waits for a line of a file? $1 batch, $2 file, $3 line. At most one row: the id of the first.
select id
from ingest.quarantine
where batch is not distinct from $1::bigint and file = $2::text and line = $3::integer and state = 'waiting'
order by id
limit 1
