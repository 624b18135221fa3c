-- An answer of the Identities API. $1: its token, $2: the client that asked. At most one row: sealed, null until ready.
select sealed from matching.answer where token = $1::uuid and client = $2::bigint
