-- Keeps a setting of the district. $1: its name, $2: its value. No row.
insert into trust.setting (name, value) values ($1::text, $2::text)
on conflict (name) do update set value = excluded.value
