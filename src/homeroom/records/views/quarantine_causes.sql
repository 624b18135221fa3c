-- Why do rows wait in quarantine, at the root? A row that waits for a row that waits itself counts to that row's
-- cause. $1: abstract resources, $2: how many causes at most.
-- One row per cause, the one with most rows first: resource at fault, whether records of it are missing, how many
-- different ones, rows, resources of the rows, then code, path, words and remedy of what is faulty (null or empty
-- for what is missing), file and line of the first row, and when the newest came. No value of a record.
with recursive waiting as materialized (
    select id, resource, code, path, words, remedy, missing, split_part(missing, '|', 2) as awaits, identity,
        file, line, added_at
    from ingest.quarantine
    where state = 'waiting'
), above as (
    select id, id as at from waiting
    union
    select b.id, n.id
    from above b
    join waiting w on w.id = b.at
    join waiting n on n.identity = w.awaits
), root as (
    select b.id, min(b.at) as at
    from above b
    join waiting w on w.id = b.at
    where w.awaits is null or not exists (select from waiting n where n.identity = w.awaits)
    group by b.id
), named as (
    -- A record that is awaited under its own name and under its abstract base's is one record.
    select awaits, (array_agg(name order by name = any($1::text[]), name))[1] as name
    from (select distinct awaits, split_part(missing, '|', 1) as name from waiting where missing is not null) found
    group by awaits
), explained as (
    select coalesce(n.name, c.resource) as at_fault, c.missing is not null as is_missing,
        coalesce(c.awaits, c.id::text) as cause, c.code, w.id, w.resource, w.file, w.line, w.added_at,
        case when c.missing is null then c.path end as path,
        case when c.missing is null then c.words else '' end as words,
        case when c.missing is null then c.remedy else '' end as remedy
    from waiting w
    left join root r on r.id = w.id
    join waiting c on c.id = coalesce(r.at, w.id)
    left join named n on n.awaits = c.awaits
)
select at_fault, is_missing, count(distinct cause) as causes, count(*) as rows,
    array_remove(array_agg(distinct resource), null) as resources, code, path, words, remedy,
    (array_agg(file order by id))[1] as file, (array_agg(line order by id))[1] as line, max(added_at) as newest_at
from explained
group by at_fault, is_missing, code, path, words, remedy
order by count(*) desc, at_fault, code, path, words
limit $2::bigint
