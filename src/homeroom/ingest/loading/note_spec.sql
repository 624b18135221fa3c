-- Notes what mapped a batch. $1 batch, $2 spec, $3 its version.
update ingest.batch set spec = $2::text, spec_version = $3::integer where id = $1::bigint
