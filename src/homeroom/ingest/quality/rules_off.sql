-- Which rules are switched off? No parameters. One row each: name.
select rule from ingest.rule_setting where not is_on order by rule
