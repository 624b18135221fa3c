-- Writes down an administrative act. $1: actor, $2: purpose, $3: act, $4: what it was done to, $5: row ids. No row.
insert into trust.ledger_entry (actor, purpose, action, resource, basis, rows, records)
values ($1::text, $2::text, $3::text, $4::text, 'administration', cardinality($5::bigint[]), $5::bigint[])
