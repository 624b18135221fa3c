-- Begins a batch. $1 actor, $2 paths, $3 fingerprint of the content, $4 whether it is a trial, $5 parameters as JSON,
-- $6 the day of the load (null: today). One row: its id.
insert into ingest.batch (actor, paths, fingerprint, is_check, parameters, loads_on)
values ($1::text, $2::text[], $3::bytea, $4::boolean, $5::text, coalesce($6::date, current_date))
returning id
