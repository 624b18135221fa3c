-- How is a custom authorisation view taken away, if there is one? $1: its name. One row: the statement.
select format('drop view if exists auth.%I', $1::text)
