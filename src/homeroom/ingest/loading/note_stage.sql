-- Notes which stage a batch is in. $1 batch, $2 stage. Nobody waits for the disk: what the stage itself commits comes later.
update ingest.batch
set stage = $2::text, state = 'running', question = null
where id = $1::bigint and set_config('synchronous_commit', 'off', true) is not null
