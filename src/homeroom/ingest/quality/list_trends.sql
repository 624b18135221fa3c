-- The last batches of each feed, and of all files that belong to none; the newest first. $1 at most, of each.
-- One row each: feed (null: none), id, state, started_at, report. Checks and batches that took another one back are
-- left out, and so is what has not been read yet.
select feed, id, state, started_at, counts as report
from (
    select *, row_number() over (partition by feed order by id desc) as place
    from ingest.batch
    where not is_check and undoes is null and state not in ('received', 'running', 'cancelled')
) b
where place <= $1::integer
order by feed nulls last, id desc
