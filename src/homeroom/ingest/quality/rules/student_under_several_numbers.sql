-- Which students have the name and birth date of another student? $1 student numbers.
-- One row each: uuid, student number.
select s.uuid, s.student_unique_id
from edfi.student s
where s.student_unique_id = any($1::text[]) and granted(Student, s)
    and exists (
        select
        from edfi.student other
        where other.birth_date = s.birth_date and lower(other.last_surname) = lower(s.last_surname)
            and lower(other.first_name) = lower(s.first_name) and other.id <> s.id
            and granted(Student, other)
    )
