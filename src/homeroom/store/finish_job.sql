-- Ends a job. $1 id, $2 state, $3 code of what went wrong.
update job.job
set state = $2::text, fault = $3::text, finished_at = now()
where id = $1::bigint
