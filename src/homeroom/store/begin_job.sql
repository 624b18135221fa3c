-- Begins a job that this connection holds, or begins it again. $1 id. At most one row: id, kind, subject, tries with this
-- one; none when somebody finished it meanwhile.
update job.job
set state = 'running', tries = tries + 1, started_at = now()
where id = $1::bigint and state in ('waiting', 'running') and due_at <= now()
returning id, kind, subject, tries
