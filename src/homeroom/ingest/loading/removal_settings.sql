-- How may a batch remove what it names? $1 batch. One row: its feed's snapshot as JSON or null, what was approved.
select f.snapshot, b.approved
from ingest.batch b left join ingest.feed f on f.id = b.feed
where b.id = $1::bigint
