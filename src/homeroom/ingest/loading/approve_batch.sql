-- Says yes to what a batch asks. $1 batch, $2 codes. One row when it was asking: its id.
update ingest.batch
set state = 'running', question = null, approved = approved || $2::text[]
where id = $1::bigint and state = 'asking'
returning id
