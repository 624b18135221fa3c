-- Adds counted failures. $1 to $5: arrays of client, resource, status, cause and count; $6: day, $7: now. No row.
insert into trust.client_failure as f (client, resource, status, cause, requests, day, last_at)
select u.client, u.resource, u.status, u.cause, u.requests, $6::date, $7::timestamptz
from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::bigint[])
    as u (client, resource, status, cause, requests)
where exists (select from trust.client c where c.id = u.client)
on conflict (client, day, resource, status, cause)
do update set requests = f.requests + excluded.requests, last_at = excluded.last_at
