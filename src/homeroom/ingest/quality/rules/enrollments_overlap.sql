-- Which enrolments begin while another of the same student goes on, at the same school or as a second main school? $1 student numbers.
-- One row each: uuid, student number.
select distinct later.uuid, later.student_unique_id
from edfi.student_school_association later
    join edfi.student_school_association earlier
        on earlier.student_unique_id = later.student_unique_id and earlier.id <> later.id
            and (earlier.entry_date, earlier.id) < (later.entry_date, later.id)
            and coalesce(earlier.exit_withdraw_date, 'infinity') > later.entry_date
            and (
                earlier.school_id = later.school_id
                or (earlier.primary_school is not false and later.primary_school is not false)
            )
where later.student_unique_id = any($1::text[])
    and granted(StudentSchoolAssociation, later) and granted(StudentSchoolAssociation, earlier)
