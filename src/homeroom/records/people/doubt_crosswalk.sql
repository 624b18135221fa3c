-- Calls into doubt whom an id of a source means: it means nobody until a person has decided. $1: kind of person,
-- $2: source, $3: its id, $4: what is asked, sealed, $5: who doubts. One row where it meant somebody: the pair.
with ended as (
    update matching.crosswalk set ended_at = now(), ended_by = $5::text
    where kind = $1::text and source = $2::text and source_id = $3::text and ended_at is null
    returning source, kind, source_id, unique_id, reasons
)
insert into matching.question (source, kind, source_id, incoming_sealed, candidate, probability, reasons)
select source, kind, source_id, $4::bytea, unique_id, 0.5, array_append(array_remove(reasons, 'doubted'), 'doubted')
from ended
on conflict (source, kind, source_id, candidate) do update
    set state = 'open', decided_at = null, decided_by = null, reasons = excluded.reasons
returning id
