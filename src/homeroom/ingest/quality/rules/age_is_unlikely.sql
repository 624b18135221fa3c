-- Which enrolments begin at an age at which nobody goes to school? $1 student numbers.
-- One row each: uuid, student number.
select e.uuid, e.student_unique_id
from edfi.student_school_association e
    join edfi.student s on s.student_unique_id = e.student_unique_id
where e.student_unique_id = any($1::text[]) and s.birth_date <= current_date
    and extract(year from age(e.entry_date, s.birth_date)) not between 2 and 22
    and granted(StudentSchoolAssociation, e) and granted(Student, s)
