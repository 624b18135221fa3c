-- A person found that a pair is two. $1: the pair, $2: who decided. One row where it was open: its id.
update matching.question set state = 'different', decided_at = now(), decided_by = $2::text
where id = $1::bigint and state = 'open'
returning id
