-- The feeds. $1 name, $2 id (null each: any). One row each: the fields of `feeds.Feed`.
select
    id, name, spec, parameters, connector, schedule, snapshot, bands, notify, owner, is_paused, last_run_at, next_run_at
from ingest.feed
where ($1::text is null or name = $1::text) and ($2::bigint is null or id = $2::bigint)
order by name
