-- The newest version of each mapping spec of the district's own. $1 name (null: all).
-- One row each: name, version, definition, files beside it as JSON, when it was saved, by whom.
select distinct on (name) name, version, definition, beside, saved_at, saved_by
from ingest.spec
where $1::text is null or name = $1::text
order by name, version desc
