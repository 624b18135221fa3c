-- Ends taking a batch back; rows of it that wait are dismissed, and what its people
-- were taken for, or are asked about, counts no more. $1 undo, $2 batch, $3 report as JSON.
with undo as (
    update ingest.batch set state = 'finished', finished_at = now(), counts = $3::text where id = $1::bigint
),
undone as (
    update ingest.batch set state = 'undone' where id = $2::bigint
),
forgotten as (
    update matching.crosswalk set ended_at = now(), ended_by = 'operator:undo'
    where batch = $2::bigint and decided_by = 'matching' and ended_at is null
),
withdrawn as (
    delete from matching.question where batch = $2::bigint and state = 'open'
)
update ingest.quarantine
set state = 'dismissed', settled_at = now()
where batch = $2::bigint and state = 'waiting'
