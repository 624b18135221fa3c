-- Keeps a session's hash. $1: hash, $2: account, $3: csrf, $4: now, $5: when it ends. No row.
insert into trust.session (hash, account, csrf, created_at, expires_at)
values ($1::bytea, $2::bigint, $3::text, $4::timestamptz, $5::timestamptz)
