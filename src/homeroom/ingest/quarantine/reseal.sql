-- Rows that were changed, tried and wait still. Arrays: id, code, path, words, remedy, missing, identity, sealed row, spec,
-- its version.
update ingest.quarantine q
set code = u.code, path = u.path, words = u.words, remedy = u.remedy, missing = u.missing, identity = u.identity,
    row_sealed = u.row_sealed, spec = u.spec, spec_version = u.spec_version
from unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[],
    $10::integer[]
) as u (id, code, path, words, remedy, missing, identity, row_sealed, spec, spec_version)
where q.id = u.id
