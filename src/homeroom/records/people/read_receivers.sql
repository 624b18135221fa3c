-- Who was given records of these people? $1: resource, $2: record ids. One row per client, member of staff or export
-- that read one, the latest first.
select e.actor, coalesce(c.name, a.display_name) as name, max(e.at) as last_at, count(*) as times
from trust.ledger_entry e
left join trust.client c on e.actor = 'client:' || c.key
left join trust.account a on e.actor = 'staff:' || a.id
where e.resource = $1::text and e.records && $2::bigint[] and e.action in ('Read', 'ReadChanges')
    and (e.actor not like 'operator:%' or e.actor = 'operator:export')
group by e.actor, coalesce(c.name, a.display_name)
order by last_at desc, e.actor
