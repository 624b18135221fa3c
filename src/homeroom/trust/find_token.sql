-- Whose token is this? Notes, once a minute, that the client is in use. $1: the token's hash, $2: now.
-- At most one row: seven columns of `client_from`, with the token's organisations, then when it ends.
with found as (
    select c.id, c.key, c.claim_set, c.namespace_prefixes,
        coalesce(t.organizations, c.organizations) as organizations, c.profiles, c.ownership, t.expires_at
    from trust.token t
    join trust.client c on c.id = t.client
    where t.hash = $1::bytea and t.expires_at > $2::timestamptz and c.revoked_at is null
), used as (
    update trust.client c set last_used_at = $2::timestamptz
    from found f
    where c.id = f.id and (c.last_used_at is null or c.last_used_at < $2::timestamptz - interval '1 minute')
)
select id, key, claim_set, namespace_prefixes, organizations, profiles, ownership, expires_at
from found
