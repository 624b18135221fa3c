-- How far back do the newest entries of a resource go? $1: resource, $2: entries below this id alone, $3: how many.
-- One row: id and time of the last of so many; none where there are no more than that.
select l.id, l.at
from trust.ledger_entry l
where l.resource = $1::text and l.id < $2::bigint
order by l.id desc
offset $3::bigint - 1
limit 1
