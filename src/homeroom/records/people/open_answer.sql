-- Makes a place for an answer of the Identities API. $1: its token, $2: the client. Those older than an hour go. No row.
with old as (
    delete from matching.answer where asked_at < now() - interval '1 hour'
)
insert into matching.answer (token, client) values ($1::uuid, $2::bigint)
