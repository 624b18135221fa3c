-- Where did loads before this one get their records from? $1 batch. One row: ids of sources.
select array(select s.id from ingest.source s where s.batch < $1::bigint order by s.id)
