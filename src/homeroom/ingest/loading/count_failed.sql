-- How many rows of a batch wait in quarantine? $1 batch, $2 resource. One row.
select count(*) from ingest.quarantine where batch = $1::bigint and resource = $2::text and state = 'waiting'
