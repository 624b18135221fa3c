-- How many records of a resource has a batch removed so far? $1 batch, $2 resource. One row.
select count(*) from ingest.removed_record where batch = $1::bigint and resource = $2::text
