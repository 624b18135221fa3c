-- A batch of files in the inbox. $1 actor, $2 fingerprint, $3 whether it is a trial, $4 feed, $5 spec, $6 parameters as JSON,
-- $7 file names, $8 files. One row: id.
with batch as (
    insert into ingest.batch (actor, paths, fingerprint, is_check, state, stage, feed, spec, parameters)
    values ($1::text, '{}', $2::bytea, $3::boolean, 'received', 'received', $4::bigint, $5::text, $6::text)
    returning id
),
files as (
    insert into ingest.batch_file (batch, name, file)
    select batch.id, u.name, u.file
    from batch, unnest($7::text[], $8::bigint[]) as u (name, file)
)
select id from batch
