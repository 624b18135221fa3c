-- Which load was broken off last? No parameters. At most one row: paths.
select paths
from ingest.batch
where state = 'running' and not is_check and undoes is null and paths <> '{}'
order by id desc
limit 1
