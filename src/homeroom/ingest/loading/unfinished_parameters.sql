-- What were the specs' parameters in the load that was broken off last, and which was its day? No parameters.
-- One row: parameters as JSON, loads_on.
select coalesce(u.parameters, '{}'), coalesce(u.loads_on, current_date)
from (select 1) one
    left join lateral (
        select parameters, loads_on
        from ingest.batch
        where state = 'running' and not is_check and undoes is null and paths <> '{}'
        order by id desc
        limit 1
    ) u on true
