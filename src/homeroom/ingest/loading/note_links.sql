-- Notes which records rows of a batch gave. $1 batch, $2 resource, then an array each: keys of the rows, uuids.
insert into ingest.row_record (feed, row_key, resource, uuid)
select distinct b.feed, u.row_key, $2::text, u.uuid
from ingest.batch b, unnest($3::bigint[], $4::uuid[]) as u (row_key, uuid)
where b.id = $1::bigint
on conflict (row_key, feed, resource, uuid) do update set gone_in = null
where row_record.gone_in is not null
