-- A batch could not be done. $1 batch, $2 report so far as JSON or null.
update ingest.batch
set state = 'failed', finished_at = now(), counts = coalesce($2::text, counts)
where id = $1::bigint and state in ('received', 'running')
