-- Which row of ingest.source stands for an API client? Made when the client writes for the first time.
-- $1: the client's key. One row: its id.
with made as (
    insert into ingest.source (client) values ($1) on conflict do nothing returning id
)
select id from made
union all
select id from ingest.source where client = $1 and batch is null and file is null
limit 1
