-- How many records of a resource have rows of the batch's source given? $1 batch, $2 resource. One row.
select count(distinct r.uuid)
from ingest.batch b join ingest.row_record r on r.feed is not distinct from b.feed
where b.id = $1::bigint and r.resource = $2::text and (r.gone_in is null or r.gone_in = b.id)
