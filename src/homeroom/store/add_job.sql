-- Queues a job and wakes the workers; one that waits already is not doubled. $1 kind, $2 subject, $3 seconds from now.
-- One row.
with added as (
    insert into job.job (kind, subject, due_at)
    values ($1::text, $2::bigint, now() + make_interval(secs => $3::double precision))
    on conflict (kind, subject) where state = 'waiting' do update set due_at = least(job.due_at, excluded.due_at)
)
select pg_notify('homeroom_job', '')
