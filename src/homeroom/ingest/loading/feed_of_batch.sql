-- The feed of a batch, and its batch before this one that was finished and has a profile. $1 batch. At most one row: feed,
-- its bands as JSON, its snapshot as JSON or null, the batch before or null, what was approved.
select
    f.id, f.bands, f.snapshot,
    (
        select max(earlier.id)
        from ingest.batch earlier
        where earlier.feed = f.id and earlier.id < b.id and earlier.state = 'finished' and not earlier.is_check
            and exists (select from ingest.column_profile p where p.batch = earlier.id)
    ),
    b.approved
from ingest.batch b join ingest.feed f on f.id = b.feed
where b.id = $1::bigint
