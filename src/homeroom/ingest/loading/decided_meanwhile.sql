-- On whom was decided while their rows were on the way? $1 kinds of person, $2 sources, $3 their ids, each of a length.
-- One row each: a pair that settled it.
select max(q.id) as question
from matching.question q
    join unnest($1::text[], $2::text[], $3::text[]) as u (kind, source, source_id) using (kind, source, source_id)
group by q.kind, q.source, q.source_id
having bool_and(q.state <> 'open')
order by question
