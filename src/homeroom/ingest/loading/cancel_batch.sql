-- Ends a batch that waits for its turn or an answer. $1 batch. One row when it did: its id.
update ingest.batch
set state = 'cancelled', finished_at = now(), question = null
where id = $1::bigint and state in ('received', 'asking')
returning id
