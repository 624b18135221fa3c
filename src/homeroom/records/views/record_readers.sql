-- Who read or wrote a record? $1: resource, $2: record id, $3: how many at most.
-- One row per ledger entry that lists it, the newest first; names of people and programs where they are known.
select e.at, e.actor, coalesce(a.display_name, c.name) as name, a.role, e.purpose, e.action, e.basis, e.rows
from trust.ledger_entry e
left join trust.account a on e.actor = 'staff:' || a.id
left join trust.client c on e.actor = 'client:' || c.key
where e.resource = $1::text and e.records @> array[$2::bigint]
order by e.id desc
limit $3::bigint
