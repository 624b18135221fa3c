-- Which files of the inbox does a batch have? $1 batch. One row each: name, file (null: deleted).
select name, file from ingest.batch_file where batch = $1::bigint order by name
