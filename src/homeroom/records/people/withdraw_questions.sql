-- Takes open questions back whose people are known by now. $1: kind of person, $2: sources and $3: their ids,
-- pairwise. No row.
delete from matching.question q
using unnest($2::text[], $3::text[]) as u (source, source_id)
where q.kind = $1::text and q.source = u.source and q.source_id = u.source_id and q.state = 'open'
