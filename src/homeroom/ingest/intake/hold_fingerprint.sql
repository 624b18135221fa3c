-- Makes those who deliver the same content wait for each other until their transactions end. $1 fingerprint. One row.
select pg_advisory_xact_lock(7263, hashtext(encode($1::bytea, 'hex')))
