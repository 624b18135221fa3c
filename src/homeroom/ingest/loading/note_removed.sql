-- Notes which records a snapshot removed. $1 batch, $2 resource, $3 records.
insert into ingest.removed_record (batch, resource, record)
select $1::bigint, $2::text, unnest($3::bigint[])
