-- Which records the snapshot of a batch held is of no more use. $1 batch.
delete from ingest.snapshot_record where batch = $1::bigint
