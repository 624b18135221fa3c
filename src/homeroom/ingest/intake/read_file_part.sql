-- A part of a file. $1 file, $2 number. One row: sealed part.
select sealed from ingest.file_part where file = $1::bigint and number = $2::integer
