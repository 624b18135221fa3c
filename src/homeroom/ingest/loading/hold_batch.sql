-- Does nobody work on the batch? Holds it for this connection if so. $1 batch. One row: whether it is held now.
select pg_try_advisory_lock(7261, ($1::bigint % 2147483647)::integer)
