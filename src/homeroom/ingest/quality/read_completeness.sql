-- How full are the columns of some batches? $1 batches. One row each: batch, file, column, rows, blanks.
select batch, file, column_name, rows, blanks
from ingest.column_profile
where batch = any($1::bigint[])
order by batch, file, position
