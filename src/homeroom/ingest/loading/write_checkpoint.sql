-- Notes how far a batch has come. $1 batch, $2 file, $3 resource, $4 position, $5 counts.
insert into ingest.checkpoint (batch, file, resource, position, counts)
values ($1::bigint, $2::text, $3::text, $4::bigint, $5::text)
on conflict (batch, file, resource) do update
set position = excluded.position, counts = excluded.counts, reached_at = now()
