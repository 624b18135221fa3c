-- Pairs for a person: those that are open, the likeliest first and those put off last, then what was decided lately.
-- $1: how many at most of either. One row per pair; name: of the account that decided.
(
    select q.id, q.kind, q.source, q.source_id, q.incoming_sealed, q.candidate, q.probability, q.reasons, q.state,
        q.asked_at, q.decided_at, q.decided_by, null as name
    from matching.question q
    where q.state = 'open'
    order by q.postponed_at nulls first, q.source, q.source_id, q.probability desc, q.id
    limit $1::bigint
)
union all
(
    select q.id, q.kind, q.source, q.source_id, q.incoming_sealed, q.candidate, q.probability, q.reasons, q.state,
        q.asked_at, q.decided_at, q.decided_by, a.display_name as name
    from matching.question q
    left join trust.account a on q.decided_by = 'staff:' || a.id
    where q.state <> 'open'
    order by q.decided_at desc, q.id
    limit $1::bigint
)
