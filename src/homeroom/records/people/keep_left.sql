-- Notes what could not be taken off somebody. $1: the pair; $2: resources, $3: records, pairwise. No row.
with gone as (
    delete from matching.left_record where question = $1::bigint
)
insert into matching.left_record (question, resource, uuid)
select $1::bigint, u.resource, u.uuid from unnest($2::text[], $3::uuid[]) as u (resource, uuid)
on conflict do nothing
