-- Files of the inbox that a mapping may be tried on, of the newest batches; those that $1 (a spec) read come first, then
-- the newest. $2 at most. One row each: batch, file, name, received_at.
select f.batch, f.file, f.name, b.started_at as received_at
from (
    select distinct on (n.file) n.batch, n.file, n.name
    from ingest.batch_file n
    where n.file is not null and n.batch > (select coalesce(max(id), 0) - 1000 from ingest.batch)
    order by n.file, n.batch desc
) f
join ingest.batch b on b.id = f.batch
order by (b.spec is not distinct from $1::text) desc, f.batch desc, f.name
limit $2::integer
