-- Which enrolments end before they begin? $1 student numbers.
-- One row each: uuid, student number.
select e.uuid, e.student_unique_id
from edfi.student_school_association e
where e.student_unique_id = any($1::text[]) and e.exit_withdraw_date < e.entry_date
    and granted(StudentSchoolAssociation, e)
