-- How many rows wait, and why? $1 batch (null: of all). One row a reason: resource, code, words, rows; the most frequent first.
select resource, code, words, count(*)
from ingest.quarantine
where state = 'waiting' and ($1::bigint is null or batch = $1::bigint)
group by resource, code, words
order by count(*) desc, resource, code, words
