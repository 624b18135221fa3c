-- How did the last loads go? $1: how many at most. One row per batch, the newest first.
-- waiting: rows of the batch that are kept because they could not be loaded.
select b.id, b.started_at, b.finished_at, b.state, b.actor,
    case when b.paths <> '{}' then b.paths
        else array(select n.name from ingest.batch_file n where n.batch = b.id order by n.name)
    end as files, b.is_check, b.counts, b.undoes,
    (select count(*) from ingest.quarantine q where q.batch = b.id and q.state = 'waiting') as waiting
from ingest.batch b
order by b.id desc
limit $1::bigint
