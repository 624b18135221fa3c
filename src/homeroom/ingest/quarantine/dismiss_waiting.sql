-- Dismisses rows that wait; their text is no longer kept. $1 ids. One row: how many.
with gone as (
    update ingest.quarantine
    set state = 'dismissed', settled_at = now(), row_sealed = ''
    where id = any($1::bigint[]) and state = 'waiting'
    returning 1
)
select count(*) from gone
