-- Takes documents out. $1: their kinds. No row.
delete from trust.claim_document where kind = any($1::text[])
