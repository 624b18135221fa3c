-- Keeps documents in this order. $1 to $3: arrays of kind, name and text. No row.
insert into trust.claim_document (kind, name, document)
select kind, name, document
from unnest($1::text[], $2::text[], $3::text[]) with ordinality as u (kind, name, document, place)
order by place
