-- Which marks are of a grading period in which the student was not on the section's roster? $1 student numbers.
-- One row each: uuid, student number.
select g.uuid, g.student_unique_id
from edfi.grade g
    join edfi.grading_period d
        on d.grading_period_descriptor_id = g.grading_period_descriptor_id and d.school_id = g.school_id
            and d.school_year = g.grading_period_school_year and d.grading_period_name = g.grading_period_name
where g.student_unique_id = any($1::text[]) and granted(Grade, g)
    and not exists (
        select
        from edfi.student_section_association r
        where r.student_unique_id = g.student_unique_id and r.school_id = g.school_id
            and r.school_year = g.school_year and r.session_name = g.session_name
            and r.local_course_code = g.local_course_code and r.section_identifier = g.section_identifier
            and r.begin_date <= d.end_date and coalesce(r.end_date, 'infinity') >= d.begin_date
            and granted(StudentSectionAssociation, r)
    )
