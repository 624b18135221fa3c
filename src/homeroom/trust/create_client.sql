-- Registers a client, which owns what it creates under its own id.
-- $1: key, $2: hash of the secret, $3: name, $4: claim set, $5: namespace prefixes, $6: organisations,
-- $7: profiles, $8: further ownership tokens. One row: its id.
with fresh as (
    select nextval(pg_get_serial_sequence('trust.client', 'id')) as id
)
insert into trust.client
    (id, key, secret_hash, name, claim_set, namespace_prefixes, organizations, profiles, ownership)
overriding system value
select id, $1::text, $2::text, $3::text, $4::text, $5::text[], $6::bigint[], $7::text[], id || $8::bigint[]
from fresh
returning id
