-- Keeps a profile. One of that name in another letter case is replaced as well. $1: name, $2: XML text. No row.
with replaced as (
    delete from trust.profile where lower(name) = lower($1::text) and name <> $1::text
)
insert into trust.profile (name, definition)
values ($1::text, $2::text)
on conflict (name) do update set definition = excluded.definition
