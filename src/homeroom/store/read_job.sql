-- How does the newest job of a kind about something stand? $1 kind, $2 subject. At most one row: state, progress, tries,
-- fault.
select state, progress, tries, fault
from job.job
where kind = $1::text and subject = $2::bigint
order by id desc
limit 1
