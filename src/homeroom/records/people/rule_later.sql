-- A person puts a pair off. $1: the pair, $2: who did; it stays open, behind the others. One row: its id.
update matching.question set postponed_at = now()
where id = $1::bigint and state = 'open' and $2::text is not null
returning id
