-- Deletes files of the inbox that came before a moment and that no batch at work needs; quarantined rows keep what they
-- need. $1 moment. One row: how many.
with gone as (
    delete from ingest.file f
    where f.received_at < $1::timestamptz
        and not exists (
            select from ingest.batch_file b join ingest.batch n on n.id = b.batch
            where b.file = f.id and n.state in ('received', 'running', 'asking')
        )
    returning 1
)
select count(*) from gone
