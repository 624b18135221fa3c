-- Ends taking a batch back; rows of it that wait are dismissed. $1 undo, $2 batch, $3 report as JSON.
with undo as (
    update ingest.batch set state = 'finished', finished_at = now(), counts = $3::text where id = $1::bigint
),
undone as (
    update ingest.batch set state = 'undone' where id = $2::bigint
)
update ingest.quarantine
set state = 'dismissed', settled_at = now()
where batch = $2::bigint and state = 'waiting'
