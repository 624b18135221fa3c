-- How many records break each rule? No parameters. One row a rule: name, records.
select rule, count(*) from ingest.rule_finding where closed_at is null group by rule order by rule
