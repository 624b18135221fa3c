-- Keeps what the district's database looks like. $1: the shape as JSON. No row.
insert into trust.setting as s (name, value)
values ('shape', $1::text)
on conflict (name) do update set value = excluded.value
