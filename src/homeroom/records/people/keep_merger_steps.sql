-- Notes what a merger did. $1: the merger; $2: resources, $3: records, $4: what stands in their place, or null,
-- pairwise. No row.
insert into matching.merger_step (merger, resource, uuid, into_uuid)
select $1::bigint, u.resource, u.uuid, u.into_uuid
from unnest($2::text[], $3::uuid[], $4::uuid[]) as u (resource, uuid, into_uuid)
