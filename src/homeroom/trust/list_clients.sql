-- Which clients were ever registered? One row per client: seven columns of `client_from`, then name and moments.
select id, key, claim_set, namespace_prefixes, organizations, profiles, ownership,
    name, created_at, rotated_at, revoked_at, last_used_at
from trust.client
order by id desc
