-- How did a record stand before it went? $1: resource, $2: uuid. One row: document, sealed part, source, line.
select doc, sealed, source, source_line
from edfi.before_image
where resource = $1::text and uuid = $2::uuid
order by id desc
limit 1
