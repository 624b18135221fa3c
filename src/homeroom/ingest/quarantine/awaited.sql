-- What do rows in quarantine wait for, and what are they? No parameters. One row a pair: resource awaited (null: none), own resource.
select distinct split_part(missing, '|', 1) as awaited, resource
from ingest.quarantine
where state = 'waiting'
order by 1, 2
