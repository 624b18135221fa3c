-- What did a batch write? $1 batch. One row: its sources, the resources it came to.
select
    array(select s.id from ingest.source s where s.batch = $1::bigint order by s.id),
    array(
        select distinct c.resource from ingest.checkpoint c where c.batch = $1::bigint and c.resource <> '' order by 1
    )
