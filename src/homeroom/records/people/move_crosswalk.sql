-- Lets the ids of one person mean another from now on; the old rows stay, with their end. $1: kind of person,
-- $2: unique id of whom they meant, $3: of whom they mean, $4: who decided. Nobody was new who was merged. No row.
with ended as (
    update matching.crosswalk set ended_at = now(), ended_by = $4::text
    where kind = $1::text and unique_id = $2::text and ended_at is null
    returning source, source_id, reasons
)
insert into matching.crosswalk (source, kind, source_id, unique_id, decided_by, reasons)
select source, $1::text, source_id, $3::text, $4::text,
    array_remove(array_remove(reasons, 'nobody_alike'), 'all_ruled_out')
from ended
