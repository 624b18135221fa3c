-- Which records went within the window, and are not there again under the same key?
-- /*tracked*/: the tombstones the Grant lets through; /*live*/: SQL that is true when a live row has the key.
-- One row per key: its last deletion.
select t.change_version, t.record, t.uuid, t.key_values
/*tracked*/
and not /*live*/
and not exists (
    select 1 from edfi.deleted_record later
    where later.resource = t.resource and later.key_values = t.key_values
    and later.change_version > t.change_version
)
