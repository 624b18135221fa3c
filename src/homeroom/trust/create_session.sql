-- Keeps a session, and clears away those of the account that are over.
-- $1: hash of the token, $2: account, $3: csrf token, $4: now, $5: when it ends. No row.
with ended as (
    delete from trust.session where account = $2::bigint and expires_at <= $4::timestamptz
)
insert into trust.session (hash, account, csrf, created_at, expires_at)
values ($1::bytea, $2::bigint, $3::text, $4::timestamptz, $5::timestamptz)
