-- Which profiles has the district? One row per profile: name, XML text.
select name, definition
from trust.profile
order by name
