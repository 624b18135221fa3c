-- What is there to take back? $1 batch. At most one row: state, sources, resources it came to, when it ended.
select
    b.state,
    array(select s.id from ingest.source s where s.batch = b.id order by s.id) as sources,
    array(
        select c.resource from ingest.checkpoint c where c.batch = b.id and c.resource <> ''
        union
        select q.resource from ingest.quarantine q where q.batch = b.id and q.state = 'replayed'
        union
        select r.resource from ingest.removed_record r where r.batch = b.id
        order by 1
    ) as resources,
    b.finished_at
from ingest.batch b
where b.id = $1::bigint and not b.is_check and b.undoes is null
