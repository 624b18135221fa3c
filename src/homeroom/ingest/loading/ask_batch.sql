-- A batch waits for an answer. $1 batch, $2 questions as JSON, $3 report so far as JSON.
update ingest.batch
set state = 'asking', question = $2::text, counts = $3::text
where id = $1::bigint
