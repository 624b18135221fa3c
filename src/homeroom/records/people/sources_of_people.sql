-- From which files did a source's rows about its people come? $1: kind of person, $2: the source. One row each: the row of
-- ingest.source.
select distinct s.id
from matching.batch_people p
    join ingest.source s on s.batch = p.batch
where p.kind = $1::text and p.source = $2::text
order by s.id
