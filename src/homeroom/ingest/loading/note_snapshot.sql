-- Notes that the snapshot of a batch holds records; does nothing for a batch of another feed. $1 batch, $2 resource, $3 uuids.
insert into ingest.snapshot_record (batch, resource, uuid)
select $1::bigint, $2::text, u.uuid
from unnest($3::uuid[]) as u (uuid)
where exists (
    select from ingest.batch b join ingest.feed f on f.id = b.feed where b.id = $1::bigint and f.snapshot is not null
)
on conflict do nothing
