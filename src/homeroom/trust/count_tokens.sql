-- How many live tokens has the client? Those that are over go. $1: the client's id, $2: now. One row: the number.
with ended as (
    delete from trust.token where client = $1::bigint and expires_at <= $2::timestamptz
)
select count(*) from trust.token where client = $1::bigint and expires_at > $2::timestamptz
