-- What did a merger do? $1: its id. One row per record that it changed or that went.
select resource, uuid, into_uuid from matching.merger_step where merger = $1::bigint order by resource, uuid
