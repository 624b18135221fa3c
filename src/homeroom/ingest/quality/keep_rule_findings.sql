-- Keeps what a rule found of some students, and closes what it no longer finds of them. $1 rule, $2 resource, $3 batch,
-- $4 hashes of all students that were looked at, $5 uuids of the records, $6 the hash of each one's student.
-- One row: how many are new.
with closed as (
    update ingest.rule_finding
    set closed_at = now()
    where rule = $1::text and closed_at is null and student = any($4::bigint[]) and uuid <> all($5::uuid[])
),
added as (
    insert into ingest.rule_finding (rule, resource, uuid, student, batch)
    select distinct on (u.uuid) $1::text, $2::text, u.uuid, u.student, $3::bigint
    from unnest($5::uuid[], $6::bigint[]) as u (uuid, student)
    on conflict (rule, uuid) where closed_at is null do nothing
    returning 1
)
select count(*) from added
