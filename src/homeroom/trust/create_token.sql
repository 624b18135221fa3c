-- Keeps a token's hash. $1: hash, $2: client, $3: organisations or null, $4: now, $5: when it ends. No row.
insert into trust.token (hash, client, organizations, issued_at, expires_at)
values ($1::bytea, $2::bigint, $3::bigint[], $4::timestamptz, $5::timestamptz)
