-- Whom of which source is a pair about? $1 the pair. At most one row.
select kind, source, source_id from matching.question where id = $1::bigint
