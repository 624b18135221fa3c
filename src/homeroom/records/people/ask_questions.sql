-- Asks a person about pairs. $1: kind of person; $2: sources, $3: their ids, $4: what was sent, sealed, $5: unique ids
-- of the candidates, $6: probabilities, $7: reasons joined by blanks, pairwise; $8: the load that asks, or null.
-- One row per pair that is open, in order.
with asked as (
    insert into matching.question (source, kind, source_id, incoming_sealed, candidate, probability, reasons, batch)
    select u.source, $1::text, u.source_id, u.sealed, u.candidate, u.probability, string_to_array(u.reasons, ' '),
        $8::bigint
    from unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::double precision[], $7::text[])
        as u (source, source_id, sealed, candidate, probability, reasons)
    on conflict (source, kind, source_id, candidate) do update
        set incoming_sealed = excluded.incoming_sealed, probability = excluded.probability,
            reasons = excluded.reasons, state = 'open', batch = excluded.batch
    returning id, source, source_id, probability
)
select id, source, source_id from asked order by source, source_id, probability desc, id
