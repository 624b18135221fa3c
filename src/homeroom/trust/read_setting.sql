-- What is a setting of the district? $1: its name. At most one row: its value.
select value from trust.setting where name = $1::text
