-- Which attendance is of a section on whose roster the student was not that day? $1 student numbers.
-- One row each: uuid, student number.
select a.uuid, a.student_unique_id
from edfi.student_section_attendance_event a
where a.student_unique_id = any($1::text[]) and granted(StudentSectionAttendanceEvent, a)
    and not exists (
        select
        from edfi.student_section_association r
        where r.student_unique_id = a.student_unique_id and r.school_id = a.school_id
            and r.school_year = a.school_year and r.session_name = a.session_name
            and r.local_course_code = a.local_course_code and r.section_identifier = a.section_identifier
            and a.event_date between r.begin_date and coalesce(r.end_date, 'infinity')
            and granted(StudentSectionAssociation, r)
    )
