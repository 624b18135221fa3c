-- Marks a kept thing as changed. $1: its name. No row.
insert into trust.setting as s (name, value)
values ('version.' || $1::text, '1')
on conflict (name) do update set value = (s.value::bigint + 1)::text
