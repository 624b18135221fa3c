-- Ends a session, and clears away those that are over. $1: the token's hash, $2: now. No row.
delete from trust.session where hash = $1::bytea or expires_at <= $2::timestamptz
