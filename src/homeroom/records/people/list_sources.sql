-- Which ids of sources mean these people? $1: kind of person, $2: unique ids. One row each: unique id, source, its id, when
-- that was decided, and by whom; name: of the account that decided.
select c.unique_id, c.source, c.source_id, c.decided_at, c.decided_by, a.display_name as name
from matching.crosswalk c
left join trust.account a on c.decided_by = 'staff:' || a.id
where c.kind = $1::text and c.unique_id = any($2::text[]) and c.ended_at is null
order by c.unique_id, c.source, c.source_id
