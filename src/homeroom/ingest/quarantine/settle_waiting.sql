-- Rows that are stored now; their text is no longer kept here. $1 ids.
update ingest.quarantine
set state = 'replayed', settled_at = now(), row_sealed = ''
where id = any($1::bigint[])
