-- A record's key changed: a row for the change feed, with the version the rewritten record has.
-- $1 resource, $2 record id, $3 uuid, $4 old key (JSON), $5 new key (JSON), $6 subjects (JSON).
insert into edfi.key_change (change_version, resource, record, uuid, old_key_values, new_key_values, subjects)
values (nextval('edfi.change_version'), $1, $2, $3, $4, $5, $6)
