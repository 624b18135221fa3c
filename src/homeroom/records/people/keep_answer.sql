-- Keeps an answer of the Identities API. $1: its token, $2: the answer, sealed. No row.
update matching.answer set sealed = $2::bytea where token = $1::uuid
