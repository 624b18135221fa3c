-- How many pairs wait for a person? No parameters. One row.
select count(*) from matching.question where state = 'open'
