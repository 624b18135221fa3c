"""The one door to education records: read and written under a Grant, with a ledger entry."""
