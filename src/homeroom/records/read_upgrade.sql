-- Which version is the district being upgraded to, past the point where writes go on under it? At most one row.
select value from trust.setting where name = 'upgrade'
