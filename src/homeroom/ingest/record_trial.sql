-- Keeps the report of a trial, of which nothing else is kept. $1 actor, $2 paths, $3 fingerprint, $4 report. One row: id.
insert into ingest.batch (actor, paths, fingerprint, is_check, state, finished_at, counts)
values ($1::text, $2::text[], $3::bytea, true, 'finished', now(), $4::text)
returning id
