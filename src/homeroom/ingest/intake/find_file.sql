-- Is this content in the inbox? $1 fingerprint. At most one row: id.
select id from ingest.file where fingerprint = $1::bytea
