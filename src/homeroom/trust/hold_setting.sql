-- A setting of the district, held until the transaction ends. $1: its name. At most one row: its value.
select value from trust.setting where name = $1::text for update
