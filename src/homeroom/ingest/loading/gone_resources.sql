-- Of which resources did rows that a batch named give records? $1 batch. One row each: resource.
select distinct resource from ingest.row_record where gone_in = $1::bigint
