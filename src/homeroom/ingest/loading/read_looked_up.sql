-- What did look-ups of a batch's source hold before it? $1 batch, $2 spec, $3 the spec's files.
-- One row a file: file, batch it was kept in, sealed rows.
select distinct on (l.role) l.role, l.batch, l.sealed
from ingest.looked_up l
    join ingest.batch b on b.id = $1::bigint and l.feed is not distinct from b.feed
where l.spec = $2::text and l.role = any($3::text[]) and l.batch < $1::bigint
order by l.role, l.batch desc
