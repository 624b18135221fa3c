-- Whom do the ids of sources mean? $1: kind of person, $2: sources and $3: their ids, pairwise.
-- One row per id that somebody or something has decided on: source, id, unique id, and why.
select c.source, c.source_id, c.unique_id, c.reasons
from matching.crosswalk c
join unnest($2::text[], $3::text[]) as u (source, source_id) using (source, source_id)
where c.kind = $1::text and c.ended_at is null
order by c.source, c.source_id
