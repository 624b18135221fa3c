-- Takes every record out of a sandbox: descriptors, school years, tombstones, key changes and what the loader
-- noted of them. Clients, claims, profiles, accounts and the ledger stay. No parameters, no row.
-- Only tables whose file is not empty are touched, which are few of a thousand, those that refer to others first.
-- Where the server allows it triggers rest meanwhile: with all rows gone no reference can be left open, and looking
-- for one takes a look per row and referring table.
do $$
declare
    waiting oid[];
    emptied oid;
begin
    set local homeroom.scope = '*';
    if has_parameter_privilege('session_replication_role', 'SET') then
        set local session_replication_role = replica;
    end if;
    waiting := array(
        select c.oid
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r'
            and pg_relation_size(c.oid) > 0
            and n.nspname !~ '^(pg_|information_schema$|trust$|job$|auth$|public$)'
            and (n.nspname <> 'ingest' or c.relname <> 'source')
        order by n.nspname, c.relname
    );
    while waiting <> '{}' loop
        select w.id into strict emptied
        from unnest(waiting) with ordinality as w (id, place)
        where not exists (
            select from pg_constraint k
            where k.contype = 'f' and k.confrelid = w.id and k.conrelid <> w.id and k.conrelid = any(waiting)
        )
        order by w.place
        limit 1;
        execute format('delete from %s', emptied::regclass);
        waiting := array_remove(waiting, emptied);
    end loop;
    delete from ingest.source where batch is not null;
end
$$
