-- Notes which stage a batch is in. $1 batch, $2 stage.
update ingest.batch
set stage = $2::text, state = 'running', question = null
where id = $1::bigint
