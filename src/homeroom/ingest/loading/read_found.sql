-- Who are the people of an input of a batch that was taken up before? $1 batch, $2 position of the input.
-- One row for each kind that its spec names: the name, and who they are, sealed.
select name, found_sealed
from matching.batch_people
where batch = $1::bigint and position = $2::integer and found_sealed is not null
order by name
