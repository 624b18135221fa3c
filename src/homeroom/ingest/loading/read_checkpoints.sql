-- How far did a batch come? $1 batch. One row a file and resource: file, resource, position (rows read), counts.
select file, resource, position, counts
from ingest.checkpoint
where batch = $1::bigint
order by file, resource
