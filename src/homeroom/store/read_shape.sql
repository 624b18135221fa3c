-- What does the district's database look like, as store.shape writes it? One row.
select value from trust.setting where name = 'shape'
