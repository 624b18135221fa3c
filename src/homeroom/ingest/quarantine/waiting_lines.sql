-- Which rows wait for lines of a batch's files? $1 batch, $2 files, $3 lines. One row each: id, file, line, resource; locked.
select q.id, q.file, q.line, q.resource
from ingest.quarantine q
    join unnest($2::text[], $3::integer[]) as u (file, line) on u.file = q.file and u.line = q.line
where q.batch is not distinct from $1::bigint and q.state = 'waiting'
order by q.id
for update of q
