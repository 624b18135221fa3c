-- Which rosters hold a student who is not enrolled at the school meanwhile? $1 student numbers.
-- One row each: uuid, student number.
select r.uuid, r.student_unique_id
from edfi.student_section_association r
where r.student_unique_id = any($1::text[]) and granted(StudentSectionAssociation, r)
    and not exists (
        select
        from edfi.student_school_association e
        where e.student_unique_id = r.student_unique_id and e.school_id = r.school_id
            and e.entry_date <= coalesce(r.end_date, 'infinity')
            and coalesce(e.exit_withdraw_date, 'infinity') >= r.begin_date
            and granted(StudentSchoolAssociation, e)
    )
