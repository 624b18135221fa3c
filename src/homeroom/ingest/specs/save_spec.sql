-- Saves a new version of a spec, unless the newest says the same. $1 name, $2 definition, $3 files beside it as JSON,
-- $4 actor. One row: the version that says this now.
with newest as (
    select version, definition, beside from ingest.spec where name = $1::text order by version desc limit 1
),
added as (
    insert into ingest.spec (name, version, definition, beside, saved_by)
    select $1::text, coalesce((select version from newest), 0) + 1, $2::text, $3::text, $4::text
    where not exists (select from newest n where n.definition = $2::text and n.beside = $3::text)
    returning version
)
select coalesce((select version from added), (select version from newest))
