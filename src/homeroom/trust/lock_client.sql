-- Who has this key? Locked, so that two requests cannot both count the last free token. $1: key.
-- At most one row: seven columns of `client_from`, then the hash of the secret.
select id, key, claim_set, namespace_prefixes, organizations, profiles, ownership, secret_hash
from trust.client
where key = $1::text and revoked_at is null
for no key update
