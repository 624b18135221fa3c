-- Lets go of a batch that this connection holds. $1 batch. One row.
select pg_advisory_unlock(7261, ($1::bigint % 2147483647)::integer)
