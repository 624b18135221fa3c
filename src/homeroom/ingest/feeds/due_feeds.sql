-- Which feeds are to be visited? $1 now. One row each: id, schedule; locked for the one who asks.
select id, schedule
from ingest.feed
where next_run_at <= $1::timestamptz and not is_paused and schedule is not null
order by next_run_at, id
for update skip locked
