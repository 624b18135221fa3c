-- Every version of a spec of the district's own, the newest first. $1 name.
-- One row each: version, saved_at, saved_by, the name of the person who saved it (null: no person did).
select s.version, s.saved_at, s.saved_by, a.display_name as name
from ingest.spec s
left join trust.account a on 'staff:' || a.id = s.saved_by
where s.name = $1::text
order by s.version desc
