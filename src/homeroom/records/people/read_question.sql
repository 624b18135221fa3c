-- Whom of the district is a pair about? $1: the pair. At most one row.
select kind, candidate from matching.question where id = $1::bigint
