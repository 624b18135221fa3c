-- Keeps a part of a file. $1 file, $2 number from 0, $3 sealed part.
insert into ingest.file_part (file, number, sealed)
values ($1::bigint, $2::integer, $3::bytea)
