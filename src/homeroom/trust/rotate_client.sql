-- Gives a client a new secret and ends its tokens. $1: key, $2: hash of the new secret. One row: the client's id.
with changed as (
    update trust.client set secret_hash = $2::text, rotated_at = now()
    where key = $1::text and revoked_at is null
    returning id
), ended as (
    delete from trust.token t using changed c where t.client = c.id
)
select id from changed
