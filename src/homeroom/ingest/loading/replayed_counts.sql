-- How many rows of a batch waited and then went in? $1 batch. One row a resource: resource, rows.
select resource, count(*)
from ingest.quarantine
where batch = $1::bigint and state = 'replayed'
group by resource
order by resource
