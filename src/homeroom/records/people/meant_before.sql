-- Whom did the id of a pair's source mean until it was called into doubt? $1: the pair. At most one row: kind, source,
-- its id, the unique id, and whether another id of the source means the same person.
select c.kind, c.source, c.source_id, c.unique_id,
    exists (
        select 1 from matching.crosswalk o
        where o.kind = c.kind and o.source = c.source and o.unique_id = c.unique_id and o.source_id <> c.source_id
            and o.ended_at is null
    ) as is_shared
from matching.question q
    join matching.crosswalk c using (kind, source, source_id)
where q.id = $1::bigint and c.ended_at is not null
    and not exists (
        select 1 from matching.crosswalk n
        where n.kind = c.kind and n.source = c.source and n.source_id = c.source_id and n.unique_id = c.unique_id
            and n.ended_at is null
    )
order by c.ended_at desc, c.id desc
limit 1
