-- Why could rows not be loaded? $1: how many causes at most. One row per cause, the one with most rows first.
-- missing: how many different missing records the rows of the cause wait for. Words hold no value of a record.
select q.code, q.resource, min(q.words) as words, min(q.remedy) as remedy, count(*) as rows,
    count(distinct q.missing) as missing, min(q.file) as file, min(q.line) as line, max(q.added_at) as newest_at
from ingest.quarantine q
where q.state = 'waiting'
group by q.code, q.resource
order by count(*) desc, q.code, q.resource
limit $1::bigint
