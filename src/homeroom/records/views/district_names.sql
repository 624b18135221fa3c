-- What do the school districts here call themselves? At most two rows, each a name: one of several means nothing.
select name_of_institution
from edfi.local_education_agency
order by id
limit 2
