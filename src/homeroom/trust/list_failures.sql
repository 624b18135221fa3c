-- Why did clients' requests fail? $1: since which day, $2: how many at most.
-- One row per client, day, resource, status and cause.
select client, resource, status, cause, day, requests, last_at
from trust.client_failure
where day >= $1::date
order by requests desc, last_at desc, client, resource, status, cause
limit $2::bigint
