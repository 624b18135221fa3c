-- Opens a decided pair again, with those that were settled with it; whom the source's id meant by it, or by all pairs
-- being two, it means no more. $1: the pair, $2: who does. One row where it was decided: its id.
with decided as (
    select id, source, kind, source_id, candidate, state, decided_at
    from matching.question
    where id = $1::bigint and state <> 'open'
    for update
), opened as (
    update matching.question q set state = 'open', decided_at = null, decided_by = null,
        reasons = case when d.state = 'same' then array_append(array_remove(reasons, 'doubted'), 'doubted') else reasons end
    from decided d
    where q.id = d.id or d.state = 'same'
        and q.source = d.source and q.kind = d.kind and q.source_id = d.source_id and q.decided_at = d.decided_at
), ended as (
    update matching.crosswalk c set ended_at = now(), ended_by = $2::text
    from decided d
    where c.source = d.source and c.kind = d.kind and c.source_id = d.source_id and c.ended_at is null
        and (
            d.state = 'same' and c.unique_id = d.candidate
            or d.state = 'different' and c.reasons && array['nobody_alike', 'all_ruled_out']
        )
)
select id from decided
