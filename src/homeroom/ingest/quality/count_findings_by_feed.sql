-- How many records break each rule, by the feed that brought them? No parameters. One row a feed and rule: feed (null: a
-- single file, or a batch that is gone), rule, records.
select b.feed, f.rule, count(*)
from ingest.rule_finding f
    left join ingest.batch b on b.id = f.batch
where f.closed_at is null
group by b.feed, f.rule
order by b.feed nulls last, f.rule
