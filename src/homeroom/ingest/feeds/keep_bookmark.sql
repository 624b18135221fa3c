-- Keeps where the next visit of a feed begins. $1 feed, $2 bookmark, sealed.
update ingest.feed set bookmark_sealed = $2::bytea, last_run_at = now() where id = $1::bigint
