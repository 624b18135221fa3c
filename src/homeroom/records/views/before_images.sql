-- How did a record stand before? $1: resource, $2: record id, $3: how many at most.
-- One row per replaced version, the newest first: document and sealed part, when it was written and replaced, its source.
select i.uuid, i.doc, i.sealed, i.modified_at, i.replaced_at, f.file, f.client, i.source_line, f.batch
from edfi.before_image i
left join ingest.source f on f.id = i.source
where i.resource = $1::text and i.record = $2::bigint
order by i.id desc
limit $3::bigint
