-- What was decided on pairs of people of a source? $1: kind of person, $2: sources and $3: their ids, pairwise.
-- One row per pair that a person has found to be two.
select q.source, q.source_id, q.candidate
from matching.question q
join unnest($2::text[], $3::text[]) as u (source, source_id) using (source, source_id)
where q.kind = $1::text and q.state = 'different'
order by q.source, q.source_id, q.candidate
