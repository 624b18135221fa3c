-- Makes or changes a feed. $1 name, $2 spec, $3 parameters, $4 connector, $5 its settings sealed (null: as they are,
-- while the connector is), $6 schedule, $7 snapshot, $8 bands, $9 notify, $10 owner, $11 next visit. One row: its id. A
-- feed that fetches from elsewhere than before begins anew.
insert into ingest.feed
    (name, spec, parameters, connector, connector_sealed, schedule, snapshot, bands, notify, owner, next_run_at)
values (
    $1::text, $2::text, $3::text, $4::text, $5::bytea, $6::text, $7::text, $8::text, $9::text, $10::text,
    $11::timestamptz
)
on conflict (name) do update
set spec = excluded.spec, parameters = excluded.parameters, connector = excluded.connector,
    connector_sealed = coalesce(
        excluded.connector_sealed, case when feed.connector = excluded.connector then feed.connector_sealed end
    ),
    schedule = excluded.schedule, snapshot = excluded.snapshot,
    bands = excluded.bands, notify = excluded.notify, next_run_at = excluded.next_run_at,
    bookmark_sealed = case when feed.connector = excluded.connector then feed.bookmark_sealed end
returning id
