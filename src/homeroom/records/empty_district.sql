-- Takes every record out of a sandbox: descriptors, school years, tombstones, key changes and what the loader
-- noted of them. Clients, claims, profiles, accounts and the ledger stay. No parameters, no row.
-- Only tables whose file is not empty are touched, which are few of a thousand. Triggers rest meanwhile: with all
-- rows gone no reference can be left open, and looking for one would take a look per row and referring table.
do $$
declare
    emptied text;
begin
    set local homeroom.scope = '*';
    set local session_replication_role = replica;
    for emptied in
        select format('delete from %I.%I', n.nspname, c.relname)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r'
            and pg_relation_size(c.oid) > 0
            and n.nspname !~ '^(pg_|information_schema$|trust$|job$|auth$|public$)'
            and (n.nspname <> 'ingest' or c.relname <> 'source')
        order by n.nspname, c.relname
    loop
        execute emptied;
    end loop;
    delete from ingest.source where batch is not null;
end
$$
