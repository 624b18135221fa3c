-- Which jobs are due, or were begun by a worker that may be gone? $1 kinds, $2 at most. One row each: id, the oldest first.
select id
from job.job
where state in ('waiting', 'running') and due_at <= now() and kind = any($1::text[])
order by due_at, id
limit $2::integer
