-- Lets go of a job that this connection holds. $1 id. One row.
select pg_advisory_unlock(7262, ($1::bigint % 2147483647)::integer)
