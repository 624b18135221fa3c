-- Ends a client and its tokens. $1: key. One row: the client's id.
with changed as (
    update trust.client set revoked_at = coalesce(revoked_at, now())
    where key = $1::text
    returning id
), ended as (
    delete from trust.token t using changed c where t.client = c.id
)
select id from changed
