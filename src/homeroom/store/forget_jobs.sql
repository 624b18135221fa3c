-- Deletes jobs that ended before a moment. $1 moment. One row: how many.
with gone as (
    delete from job.job
    where state in ('done', 'failed') and finished_at < $1::timestamptz
    returning 1
)
select count(*) from gone
