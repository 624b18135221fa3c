-- Pairs for a person: those that are open, the likeliest first and those put off last, then what was decided lately.
-- $1: how many at most of either. One row per pair; name: of the account that decided; left_records: resources and
-- records that could not be taken off the person.
(
    select q.id, q.kind, q.source, q.source_id, q.incoming_sealed, q.candidate, q.probability, q.reasons, q.state,
        q.asked_at, q.decided_at, q.decided_by, null as name,
        array(
            select array[l.resource, l.uuid::text] from matching.left_record l
            where l.question = q.id order by l.resource, l.uuid
        ) as left_records
    from matching.question q
    where q.state = 'open'
    order by q.postponed_at nulls first, q.source, q.source_id, q.probability desc, q.id
    limit $1::bigint
)
union all
(
    select q.id, q.kind, q.source, q.source_id, q.incoming_sealed, q.candidate, q.probability, q.reasons, q.state,
        q.asked_at, q.decided_at, q.decided_by, a.display_name as name,
        array[]::text[] as left_records
    from matching.question q
    left join trust.account a on q.decided_by = 'staff:' || a.id
    where q.state <> 'open'
    order by q.decided_at desc, q.id
    limit $1::bigint
)
