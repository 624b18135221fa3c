-- Begins a batch. $1 actor, $2 paths, $3 fingerprint of the content, $4 whether it is a trial. One row: its id.
insert into ingest.batch (actor, paths, fingerprint, is_check)
values ($1::text, $2::text[], $3::bytea, $4::boolean)
returning id
