-- Keeps which form the tables have that every district has. $1: its hash. No row.
insert into trust.setting as s (name, value)
values ('form', $1::text)
on conflict (name) do update set value = excluded.value
