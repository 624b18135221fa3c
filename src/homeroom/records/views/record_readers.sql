-- Who read or wrote a record? $1: resource, $2: record id, $3: look at entries below this id alone, $4: at so many of
-- the newest of them, $5: how many lines at most.
-- One row per ledger entry that lists it, the newest first: its id, then names of people and programs as far as known.
select e.id, e.at, e.actor, coalesce(a.display_name, c.name) as name, a.role, e.purpose, e.action, e.basis, e.rows
from (
    select l.id, l.at, l.actor, l.purpose, l.action, l.basis, l.rows, l.records
    from trust.ledger_entry l
    where l.resource = $1::text and l.id < $3::bigint
    order by l.id desc
    limit $4::bigint
) e
left join trust.account a on e.actor = 'staff:' || a.id
left join trust.client c on e.actor = 'client:' || c.key
where e.records @> array[$2::bigint]
order by e.id desc
limit $5::bigint
