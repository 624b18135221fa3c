-- What does the district keep to? One row: the standard's version, null for the one it was made with, and the
-- texts of its extensions, the oldest first.
select
    (select s.value from trust.setting s where s.name = 'standard') as version,
    array(select e.definition from trust.extension e order by e.id) as definitions
