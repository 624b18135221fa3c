-- How did records stand before a load? $1 resource, $2 record ids, $3 the load's sources.
-- One row for each that stood already: record, document, sealed part. The load may have written it more than once.
select distinct on (record) record, doc, sealed
from edfi.before_image
where resource = $1::text and record = any($2::bigint[])
    and (source is null or source <> all($3::bigint[]))
order by record, id desc
