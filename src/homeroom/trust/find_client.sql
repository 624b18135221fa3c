-- Which client has this key? $1: key. At most one row: seven columns of `client_from`.
select id, key, claim_set, namespace_prefixes, organizations, profiles, ownership
from trust.client
where key = $1::text and revoked_at is null
