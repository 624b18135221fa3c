-- Does any row wait for somebody whom nobody of the district was? No parameters. One row.
select exists (
    select 1 from ingest.quarantine where state = 'waiting' and code = 'identity.nobody'
)
