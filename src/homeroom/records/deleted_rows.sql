-- Which records went within the window and did not come back in it?
-- /*tracked*/: the tombstones the Grant lets through. One row per record: its last deletion.
select t.change_version, t.record, t.uuid, t.key_values
/*tracked*/
and not exists (
    select 1 from edfi.deleted_record later
    where later.resource = t.resource and later.key_values = t.key_values
    and later.change_version > t.change_version
)
