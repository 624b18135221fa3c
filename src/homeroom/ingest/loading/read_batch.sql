-- How does a batch stand? $1 batch. At most one row: the fields of `batches.BatchState`.
select
    b.id, b.state, b.stage, b.actor, b.feed, f.name as feed_name, b.spec, b.spec_version, b.parameters, b.loads_on,
    b.is_check as is_trial, b.undoes, b.started_at, b.finished_at, b.question as questions, b.approved,
    b.counts as report,
    case when b.paths <> '{}' then b.paths
        else array(select n.name from ingest.batch_file n where n.batch = b.id order by n.name)
    end as files
from ingest.batch b
    left join ingest.feed f on f.id = b.feed
where b.id = $1::bigint
