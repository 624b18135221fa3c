-- Which students are born in the future? $1 student numbers.
-- One row each: uuid, student number.
select s.uuid, s.student_unique_id
from edfi.student s
where s.student_unique_id = any($1::text[]) and s.birth_date > current_date and granted(Student, s)
