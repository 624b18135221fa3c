-- What has changed since a process last read it? One row per kept thing: its name and its number.
select substring(name from 9) as kept, value
from trust.setting
where name like 'version.%'
order by name
