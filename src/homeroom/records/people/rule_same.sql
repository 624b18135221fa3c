-- A person found that a pair is one. $1: the pair, $2: who decided. One row where it was open: its id.
with ruled as (
    update matching.question set state = 'same', decided_at = now(), decided_by = $2::text
    where id = $1::bigint and state = 'open'
    returning id, source, kind, source_id, candidate, reasons
), others as (
    update matching.question q set state = 'different', decided_at = now(), decided_by = $2::text
    from ruled r
    where q.source = r.source and q.kind = r.kind and q.source_id = r.source_id and q.id <> r.id and q.state = 'open'
), kept as (
    insert into matching.crosswalk (source, kind, source_id, unique_id, decided_by, reasons)
    select source, kind, source_id, candidate, $2::text, reasons from ruled
)
select id from ruled
