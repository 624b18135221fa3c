-- Why did rows of a batch fail, at the root? $1 batch, $2 abstract resources. A row that waits for a row that failed too counts to
-- that row's cause. One row a cause and failing resource: code, resource at fault, path, words, remedy,
-- is_missing, distinct causes, failing resource, failures, then file and line of the first.
with recursive failed as materialized (
    select q.id, q.resource, q.code, q.path, q.words, q.remedy, m.missing, split_part(m.missing, '|', 2) as awaits,
        q.identity, q.file, q.line
    from ingest.quarantine q
        -- Who a person is, is decided; no record is missing for it.
        cross join lateral (select case when q.missing not like 'person|%' then q.missing end as missing) m
    where q.batch = $1::bigint and q.state <> 'replayed'
),
above as (
    select id, id as at from failed
    union
    select b.id, p.id
    from above b
        join failed f on f.id = b.at
        join failed p on p.identity = f.awaits
),
root as (
    select b.id, min(b.at) as at
    from above b join failed f on f.id = b.at
    where f.awaits is null or not exists (select 1 from failed p where p.identity = f.awaits)
    group by b.id
),
caused as (
    select f.id, f.resource, f.file, f.line, coalesce(r.at, f.id) as at
    from failed f left join root r on r.id = f.id
),
named as (
    -- A record that is awaited under its own name and under its abstract base's is one record.
    select awaits, (array_agg(name order by name = any($2::text[]), name))[1] as name
    from (select distinct awaits, split_part(missing, '|', 1) as name from failed where missing is not null) found
    group by awaits
),
explained as (
    select
        c.code,
        coalesce(n.name, c.resource) as at_fault,
        case when c.missing is null then c.path end as path,
        case when c.missing is null then c.words end as words,
        case when c.missing is null then c.remedy end as remedy,
        c.missing is not null as is_missing,
        coalesce(c.awaits, c.id::text) as cause,
        f.id, f.resource, f.file, f.line
    from caused f
        join failed c on c.id = f.at
        left join named n on n.awaits = c.awaits
),
cause as (
    select
        code, at_fault, path, words, remedy, is_missing,
        count(distinct cause) as causes,
        count(*) as failures,
        (array_agg(file order by id))[1] as file,
        (array_agg(line order by id))[1] as line
    from explained
    group by code, at_fault, path, words, remedy, is_missing
)
select
    c.code, c.at_fault, c.path, c.words, c.remedy, c.is_missing, c.causes, e.resource, count(*) as failures,
    c.file, c.line
from cause c
    join explained e on (e.code, e.at_fault, e.is_missing) = (c.code, c.at_fault, c.is_missing)
        and (e.path, e.words, e.remedy) is not distinct from (c.path, c.words, c.remedy)
group by c.code, c.at_fault, c.path, c.words, c.remedy, c.is_missing, c.causes, c.failures, c.file, c.line, e.resource
order by c.failures desc, c.at_fault, c.code, c.path, c.words, count(*) desc, e.resource
