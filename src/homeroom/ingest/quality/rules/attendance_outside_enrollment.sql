-- Which attendance is of a day on which the student was not enrolled at the school? $1 student numbers.
-- One row each: uuid, student number.
select a.uuid, a.student_unique_id
from edfi.student_school_attendance_event a
where a.student_unique_id = any($1::text[]) and granted(StudentSchoolAttendanceEvent, a)
    and not exists (
        select
        from edfi.student_school_association e
        where e.student_unique_id = a.student_unique_id and e.school_id = a.school_id
            and a.event_date between e.entry_date and coalesce(e.exit_withdraw_date, 'infinity')
            and granted(StudentSchoolAssociation, e)
    )
