-- The feeds. $1 name (null: all). One row each: the fields of `feeds.Feed`.
select
    id, name, spec, parameters, connector, schedule, snapshot, bands, notify, owner, is_paused, last_run_at, next_run_at
from ingest.feed
where $1::text is null or name = $1::text
order by name
