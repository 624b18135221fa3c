-- Begins taking a batch back, or goes on. $1 actor, $2 batch that is taken back. One row: batch and source of the undo.
with standing as (
    select id from ingest.batch where undoes = $2::bigint and state = 'running'
),
begun as (
    insert into ingest.batch (actor, paths, undoes)
    select $1::text, '{}', $2::bigint
    where not exists (select 1 from standing)
    returning id
),
batch as (
    select id from standing union all select id from begun
),
fresh as (
    insert into ingest.source (batch, file)
    select id, 'undo of batch ' || $2::bigint from batch
    on conflict do nothing
    returning id, batch
)
select b.id, coalesce(f.id, s.id)
from batch b
    left join fresh f on f.batch = b.id
    left join ingest.source s on s.batch = b.id
limit 1
