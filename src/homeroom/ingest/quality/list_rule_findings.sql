-- Which records break rules? $1 rule (null: any), $2 last uuid seen (null: none), $3 at most.
-- One row each: rule, resource, uuid, batch, when it was found; by uuid.
select rule, resource, uuid, batch, found_at
from ingest.rule_finding
where closed_at is null and ($1::text is null or rule = $1::text) and ($2::uuid is null or uuid > $2::uuid)
order by uuid, rule
limit $3::integer
