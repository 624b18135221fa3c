-- Sources for the files of a batch, new or as they stand. $1 batch, $2 files. One row a file: id, file.
with wanted as (
    select distinct unnest($2::text[]) as file
),
added as (
    insert into ingest.source (batch, file)
    select $1::bigint, file from wanted
    on conflict do nothing
    returning id, file
)
select id, file from added
union all
select s.id, s.file
from ingest.source s join wanted w on w.file = s.file
where s.batch = $1::bigint
order by file
