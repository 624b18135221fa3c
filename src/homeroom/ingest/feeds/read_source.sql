-- Where is a feed fetched from? $1 feed. At most one row: connector's settings, bookmark, both sealed.
select connector_sealed, bookmark_sealed from ingest.feed where id = $1::bigint
