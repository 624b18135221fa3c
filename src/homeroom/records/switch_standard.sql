-- Names the version that the district keeps to from now on, and that an upgrade to it is under way. $1: version.
insert into trust.setting as s (name, value)
values ('standard', $1::text), ('upgrade', $1::text)
on conflict (name) do update set value = excluded.value
