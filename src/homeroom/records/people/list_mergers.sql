-- Mergers, the newest first. $1: how many at most. One row each; name: of the account that merged.
select m.id, m.kind, m.kept, m.gone, m.merged_at, m.decided_by, m.split_at, a.display_name as name
from matching.merger m
left join trust.account a on m.decided_by = 'staff:' || a.id
order by m.merged_at desc, m.id desc
limit $1::bigint
