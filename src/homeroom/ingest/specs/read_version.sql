-- One version of a spec. $1 name, $2 version. At most one row: definition, files beside it as JSON.
select definition, beside from ingest.spec where name = $1::text and version = $2::integer
