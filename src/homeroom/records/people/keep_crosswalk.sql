-- Keeps whom ids of sources mean, where nothing was decided on them yet. $1: kind of person; $2: sources, $3: their
-- ids, $4: unique ids, $5: reasons joined by blanks, pairwise; $6: who decided, $7: the load that asked, or null. No row.
insert into matching.crosswalk (source, kind, source_id, unique_id, reasons, decided_by, batch)
select u.source, $1::text, u.source_id, u.unique_id, string_to_array(u.reasons, ' '), $6::text, $7::bigint
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as u (source, source_id, unique_id, reasons)
on conflict (source, kind, source_id) where ended_at is null do nothing
