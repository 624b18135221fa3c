-- Ends a session. $1: hash of its token. No row.
delete from trust.session where hash = $1::bytea
