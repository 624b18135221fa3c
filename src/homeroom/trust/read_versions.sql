-- What has changed since a process last read it? One row per kept thing: its name and its number.
-- That of the quarantine is the last one drawn for a row of it: the rows themselves are behind the fence.
select substring(name from 9) as kept, value
from trust.setting
where name like 'version.%'
union all
select 'quarantine', coalesce(pg_sequence_last_value('ingest.quarantine_id_seq'), 0)::text
order by 1
