-- Rows that were tried again and wait still. Arrays: id, code, path, words, remedy, missing.
update ingest.quarantine q
set code = u.code, path = u.path, words = u.words, remedy = u.remedy, missing = u.missing
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as u (id, code, path, words, remedy, missing)
where q.id = u.id
