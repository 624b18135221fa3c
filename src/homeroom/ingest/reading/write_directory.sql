-- Keeps what packages call records. $1 sealed.
insert into ingest.package_directory (sealed)
values ($1::bytea)
on conflict (is_only) do update
set sealed = excluded.sealed, kept_at = now()
