-- Does nobody work on the job? Holds it for this connection if so. $1 id. One row: whether it is held now.
select pg_try_advisory_lock(7262, ($1::bigint % 2147483647)::integer)
