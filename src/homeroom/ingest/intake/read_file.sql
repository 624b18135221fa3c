-- What is known of a file in the inbox? $1 id. At most one row: fingerprint, seal, bytes, parts.
select fingerprint, seal, bytes, parts from ingest.file where id = $1::bigint
