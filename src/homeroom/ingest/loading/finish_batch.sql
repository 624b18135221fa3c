-- Ends a batch. $1 batch, $2 report as JSON.
update ingest.batch
set state = 'finished', finished_at = now(), question = null, counts = $2::text
where id = $1::bigint
