-- Deletes files of the inbox that came, and were last loaded, before a moment. What a batch at work needs stays, and what
-- rows in quarantine came from, so that they can be looked at beside it. $1 moment. One row: how many.
with gone as (
    delete from ingest.file f
    where f.received_at < $1::timestamptz
        and not exists (
            select from ingest.batch_file b join ingest.batch n on n.id = b.batch
            where b.file = f.id
                and (
                    n.started_at >= $1::timestamptz
                    or n.state in ('received', 'running', 'asking')
                    or exists (select from ingest.quarantine q where q.batch = n.id and q.state = 'waiting')
                )
        )
    returning 1
)
select count(*) from gone
