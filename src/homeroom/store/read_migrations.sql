-- Which hand-written migrations has the district? One row each: the file's name.
select name from trust.migration order by name
