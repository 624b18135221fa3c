-- Pauses a feed or lets it go on. $1 feed, $2 whether it is paused.
update ingest.feed set is_paused = $2::boolean where id = $1::bigint
