-- Whom does an id of a source mean? $1: kind of person, $2: the source, $3: its id. At most one row: the unique id.
select unique_id
from matching.crosswalk
where kind = $1::text and source = $2::text and source_id = $3::text and ended_at is null
