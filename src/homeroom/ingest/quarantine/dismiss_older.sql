-- Dismisses what waits and has been overtaken. $1 resource, $2 identities that are stored now, $3 identities
-- that were sent again and wait anew, $4 the batch that sent them.
update ingest.quarantine
set state = 'dismissed', settled_at = now()
where state = 'waiting' and resource = $1::text
    and (
        identity = any($2::text[])
        or (identity = any($3::text[]) and batch is distinct from $4::bigint)
    )
