-- Which people of the district have an id in these sources already? $1: kind of person, $2: sources.
-- One row per source and person.
select distinct c.source, c.unique_id
from matching.crosswalk c
where c.kind = $1::text and c.source = any($2::text[]) and c.ended_at is null
order by c.source, c.unique_id
