-- Puts a job that failed back for later; where another of its kind and subject waits already, that one is enough.
-- $1 id, $2 seconds from now, $3 code of what went wrong, $4 tries that count.
update job.job j
set
    state = case when exists (
        select from job.job w where w.kind = j.kind and w.subject = j.subject and w.state = 'waiting'
    ) then 'failed' else 'waiting' end,
    due_at = now() + make_interval(secs => $2::double precision),
    fault = $3::text,
    tries = $4::integer
where j.id = $1::bigint
