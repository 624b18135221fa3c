-- Which batch holds this very delivery already, and is still what its feed says? One out of which nothing was read holds
-- nothing: a mapping may have been made for it since. $1 fingerprint. At most one row: id.
select b.id
from ingest.batch b
where b.fingerprint = $1::bytea and b.state in ('received', 'running', 'asking', 'finished') and not b.is_check
    and not (b.state = 'finished' and b.counts::jsonb -> 'counts' = '[]'::jsonb)
    and not exists (
        select from ingest.batch later
        where later.feed = b.feed and later.id > b.id and later.state in ('running', 'asking', 'finished')
            and not later.is_check
    )
order by b.id desc
limit 1
