-- Notes that rows are to go, and dismisses what waits of them. $1 batch, $2 keys of the rows.
-- One row: how many of them the batch's source never brought.
with named as (
    select distinct b.feed, u.row_key
    from ingest.batch b, unnest($2::bigint[]) as u (row_key)
    where b.id = $1::bigint
),
gone as (
    update ingest.row_record r
    set gone_in = $1::bigint
    from named n
    where r.row_key = n.row_key and r.feed is not distinct from n.feed
    returning r.row_key
),
dismissed as (
    update ingest.quarantine q
    set state = 'dismissed', settled_at = now(), row_sealed = ''
    from named n, ingest.batch b
    where q.row_key = n.row_key and q.state = 'waiting' and b.id = q.batch and b.feed is not distinct from n.feed
    returning q.row_key
)
select count(*)
from named n
where n.row_key not in (select row_key from gone) and n.row_key not in (select row_key from dismissed)
