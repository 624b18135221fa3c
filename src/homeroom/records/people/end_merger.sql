-- Takes a merger back: the ids that meant the one who went mean them again. $1: the merger, $2: who decided. No row.
with merger as (
    update matching.merger set split_at = now(), split_by = $2::text
    where id = $1::bigint
    returning kind, kept, gone, merged_at
), moved as (
    update matching.crosswalk c set ended_at = now(), ended_by = $2::text
    from merger m
    where c.kind = m.kind and c.unique_id = m.kept and c.decided_at = m.merged_at and c.ended_at is null
    returning c.source, c.kind, c.source_id, m.gone, m.merged_at
)
insert into matching.crosswalk (source, kind, source_id, unique_id, decided_by, reasons)
select o.source, o.kind, o.source_id, o.unique_id, $2::text, o.reasons
from matching.crosswalk o
join moved m using (source, kind, source_id)
where o.unique_id = m.gone and o.ended_at = m.merged_at
