-- When is a feed visited next? $1 feed, $2 moment.
update ingest.feed set next_run_at = $2::timestamptz where id = $1::bigint
