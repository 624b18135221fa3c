-- Which batches of this content were not finished? $1 fingerprint. One row each: id, the newest first.
select id
from ingest.batch
where state = 'running' and not is_check and fingerprint = $1::bytea
order by id desc
