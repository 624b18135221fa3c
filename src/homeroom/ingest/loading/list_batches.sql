-- The batches, the newest first. $1 below this id (null: all), $2 at most, $3 of this feed (null: of all).
-- One row each: id, state, stage, actor, feed_name, spec, is_trial, undoes, started_at, finished_at, report, files.
select
    b.id, b.state, b.stage, b.actor, f.name as feed_name, b.spec, b.is_check as is_trial, b.undoes, b.started_at,
    b.finished_at, b.counts as report,
    case when b.paths <> '{}' then b.paths
        else array(select n.name from ingest.batch_file n where n.batch = b.id order by n.name)
    end as files
from ingest.batch b
    left join ingest.feed f on f.id = b.feed
where b.id < coalesce($1::bigint, 9223372036854775807) and ($3::bigint is null or b.feed = $3::bigint)
order by b.id desc
limit $2::integer
