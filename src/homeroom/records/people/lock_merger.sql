-- A merger that still stands, locked. $1: its id. At most one row.
select kind, kept, kept_uuid, gone, gone_uuid, merged_at
from matching.merger
where id = $1::bigint and split_at is null
for update
