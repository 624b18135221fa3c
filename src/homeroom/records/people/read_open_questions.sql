-- What is a person asked about people of a source already? $1: kind of person, $2: sources and $3: their ids, pairwise.
-- One row per open pair: the source and its id, the pair, what the source said, sealed, and the reasons.
select q.source, q.source_id, q.id, q.incoming_sealed, q.reasons
from matching.question q
join unnest($2::text[], $3::text[]) as u (source, source_id) using (source, source_id)
where q.kind = $1::text and q.state = 'open'
order by q.source, q.source_id, q.probability desc, q.id
