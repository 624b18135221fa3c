-- Rows of the quarantine. $1 batch, $2 resource, $3 code (null each: any), $4 state, $5 last id seen, $6 at most.
-- One row each: id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at.
select id, batch, file, line, resource, code, path, words, remedy, spec, state, added_at
from ingest.quarantine
where ($1::bigint is null or batch = $1::bigint) and ($2::text is null or resource = $2::text)
    and ($3::text is null or code = $3::text) and state = $4::text and id > $5::bigint
order by id
limit $6::integer
