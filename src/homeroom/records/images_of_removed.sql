-- How did records stand that a snapshot removed? $1 batch, $2 resource, $3 last record seen, $4 at most.
-- One row each: record, uuid, document, sealed part; by record.
select distinct on (r.record) r.record, i.uuid, i.doc, i.sealed
from ingest.removed_record r
    join edfi.before_image i on i.resource = r.resource and i.record = r.record
where r.batch = $1::bigint and r.resource = $2::text and r.record > $3::bigint
order by r.record, i.id desc
limit $4::integer
