-- Which places on a roster end before they begin? $1 student numbers.
-- One row each: uuid, student number.
select r.uuid, r.student_unique_id
from edfi.student_section_association r
where r.student_unique_id = any($1::text[]) and r.end_date < r.begin_date
    and granted(StudentSectionAssociation, r)
