-- What do the columns of a batch hold? $1 batch. One row each: file, column, position, rows, blanks, distinct, low, high,
-- codes as JSON.
select file, column_name, position, rows, blanks, distinct_values, low, high, codes
from ingest.column_profile
where batch = $1::bigint
order by file, position
