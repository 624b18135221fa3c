-- Switches a rule; what one that is off has found is forgotten. $1 rule, $2 whether it is on, $3 actor.
with gone as (
    delete from ingest.rule_finding where rule = $1::text and not $2::boolean
)
insert into ingest.rule_setting (rule, is_on, set_by)
values ($1::text, $2::boolean, $3::text)
on conflict (rule) do update set is_on = excluded.is_on, set_by = excluded.set_by, set_at = now()
