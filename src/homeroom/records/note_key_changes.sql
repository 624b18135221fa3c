-- Keys of records changed: a row of the change feed for each, with a version of its own.
-- $1 resource; then arrays: $2 record ids, $3 uuids, $4 old keys (JSON), $5 new keys (JSON), $6 subjects (JSON).
insert into edfi.key_change (change_version, resource, record, uuid, old_key_values, new_key_values, subjects)
select nextval('edfi.change_version'), $1::text, u.record, u.uuid, u.old_key, u.new_key, u.subjects
from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[]) as u (record, uuid, old_key, new_key, subjects)
