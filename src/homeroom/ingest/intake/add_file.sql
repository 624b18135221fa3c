-- Puts a file into the inbox, unless somebody has just put the same content there. $1 fingerprint, $2 seal, $3 bytes,
-- $4 parts, $5 actor. One row when it is new: id.
insert into ingest.file (fingerprint, seal, bytes, parts, received_by)
values ($1::bytea, $2::bytea, $3::bigint, $4::integer, $5::text)
on conflict (fingerprint) do nothing
returning id
