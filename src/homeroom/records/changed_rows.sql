-- Which records changed their key within the window, and from what to what?
-- /*tracked*/: the key changes the Grant lets through. One row per record: first old key, last new key.
select max(t.change_version) as change_version, t.record, t.uuid,
    (array_agg(t.old_key_values order by t.change_version))[1] as old_key_values,
    (array_agg(t.new_key_values order by t.change_version desc))[1] as new_key_values
/*tracked*/
group by t.record, t.uuid
