-- Which of these texts does the district know as a number or name? $1: the texts. $2 to $7: the ledger's six texts.
-- One row per kind and text.
with found as materialized (
    select 'students' as kind, s.student_unique_id as value, s.id
    from edfi.student s
    where s.student_unique_id = any($1::text[]) and granted(Student, s)
    union all
    select 'staff', f.staff_unique_id, f.id
    from edfi.staff f
    where f.staff_unique_id = any($1::text[]) and granted(Staff, f)
    union all
    select 'sections', c.section_identifier, c.id
    from edfi.section c
    where c.section_identifier = any($1::text[]) and granted(Section, c)
    union all
    select 'schools', h.school_id::text, h.id
    from edfi.school h
    where h.school_id::text = any($1::text[]) and granted(School, h)
    union all
    select 'school_names', h.name_of_institution, h.id
    from edfi.school h
    where h.name_of_institution = any($1::text[]) and granted(School, h)
    union all
    select 'courses', o.local_course_code, o.id
    from edfi.course_offering o
    where o.local_course_code = any($1::text[]) and granted(CourseOffering, o)
), entry as (
    insert into trust.ledger_entry (actor, purpose, action, resource, basis, request, rows, records)
    select $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, count(*)::integer, array_agg(id order by id)
    from found
    having count(*) > 0
)
select distinct kind, value
from found
order by kind, value
