-- Puts rows into quarantine. $1 batch, $2 file, then an array each: line, resource, code, path, words, remedy,
-- missing, identity, sealed row, spec, its version, key of its row. Their moment is after that of every record of the same chunk.
insert into ingest.quarantine
    (batch, file, line, resource, code, path, words, remedy, missing, identity, row_sealed, spec, spec_version,
    row_key, added_at)
select $1::bigint, $2::text, u.line, u.resource, u.code, u.path, u.words, u.remedy, u.missing, u.identity, u.row_sealed,
    u.spec, u.spec_version, u.row_key,
    clock_timestamp()
from unnest(
    $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[],
    $12::text[], $13::integer[], $14::bigint[]
) as u (line, resource, code, path, words, remedy, missing, identity, row_sealed, spec, spec_version, row_key)
