-- What did a source say of somebody when a person was asked? $1: the pair. At most one row: kind, source, its id, sealed, and the load
-- that asked.
select kind, source, source_id, incoming_sealed, batch from matching.question where id = $1::bigint
