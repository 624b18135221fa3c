-- Dismisses rows whose record somebody wrote since. $1 ids.
update ingest.quarantine
set state = 'dismissed', settled_at = now()
where id = any($1::bigint[])
