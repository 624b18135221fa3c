alter table trust.ledger_entry alter column records set storage external
