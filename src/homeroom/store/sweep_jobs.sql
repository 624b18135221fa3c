-- Forgets jobs that ended. $1 kept for so many days. No row.
delete from job.job
where state in ('done', 'failed') and finished_at < now() - make_interval(days => $1::integer)
