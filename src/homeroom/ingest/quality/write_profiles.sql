-- Keeps what the columns of a batch hold. $1 batch, then an array each: file, column, position, rows, blanks, distinct,
-- low, high, codes as JSON.
insert into ingest.column_profile
    (batch, file, column_name, position, rows, blanks, distinct_values, low, high, codes)
select $1::bigint, u.*
from unnest(
    $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[]
) as u
on conflict (batch, file, column_name) do update
set position = excluded.position, rows = excluded.rows, blanks = excluded.blanks,
    distinct_values = excluded.distinct_values, low = excluded.low, high = excluded.high, codes = excluded.codes
