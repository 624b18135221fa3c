-- The files of a batch that are still in the inbox. $1 batch. One row each: file, name, bytes, fingerprint.
select f.id, b.name, f.bytes, f.fingerprint
from ingest.batch_file b
join ingest.file f on f.id = b.file
where b.batch = $1::bigint
order by b.name
