-- The ledger entry of a page of a change feed.
-- $1 to $6: actor, purpose, action, resource, basis, request; $7 rows; $8 record ids.
insert into trust.ledger_entry (actor, purpose, action, resource, basis, request, rows, records)
values ($1, $2, $3, $4, $5, $6, $7, $8)
