-- Notes a merger. $1: kind of person, $2: unique id and $3: record of the one who stays, $4 and $5: of the one who
-- goes, $6: who decided, $7: reasons. One row: its id.
insert into matching.merger (kind, kept, kept_uuid, gone, gone_uuid, decided_by, reasons)
values ($1::text, $2::text, $3::uuid, $4::text, $5::uuid, $6::text, $7::text[])
returning id
