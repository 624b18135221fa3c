-- How is a custom authorisation view written that fails whenever it is asked? $1: its name. One row: the statement.
select format('create view auth.%I as select (1 / 0)::bigint as id', $1::text)
