-- Which sections may the reader open? $1: today, $2: how many at most, $3: the uuid after which to go on, or null.
-- $4 to $9: the ledger's six texts.
-- One row per section: sections of terms that run today first, then by school, course and section.
with reached as materialized (
    select s.id, s.uuid, s.section_identifier, s.section_name, s.session_name, s.school_year,
        s.location_classroom_identification_code as room, o.local_course_title, t.begin_date, t.end_date,
        h.name_of_institution,
        row_number() over (order by ($1::date between t.begin_date and t.end_date) desc, t.begin_date desc,
            h.name_of_institution, o.local_course_title, s.section_identifier, s.id) as place
    from edfi.section s
    join edfi.course_offering o on o.id = s.course_offering_ref
    join edfi.session t on t.id = o.session_ref
    join edfi.school h on h.school_id = s.school_id
    where granted(Section, s)
), page as materialized (
    select id, uuid, section_identifier, section_name, session_name, school_year, room, local_course_title,
        begin_date, end_date, name_of_institution, place
    from reached
    where place > coalesce((select a.place from reached a where a.uuid = $3::uuid), 0)
    order by place
    limit $2::bigint
), entry as (
    insert into trust.ledger_entry (actor, purpose, action, resource, basis, request, rows, records)
    select $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, count(*)::integer, array_agg(id order by id)
    from page
    having count(*) > 0
)
select p.uuid, p.section_identifier, p.section_name, p.local_course_title, p.session_name, p.school_year,
    p.begin_date, p.end_date, p.name_of_institution, p.room, bell.names as class_periods, roster.students
from page p
left join lateral (
    select string_agg(c.class_period_name, ', ' order by c.class_period_name) as names
    from edfi.section__class_period l
    join edfi.class_period c on c.id = l.target
    where l.owner = p.id
) bell on true
left join lateral (
    select count(distinct r.student_ref) as students
    from edfi.student_section_association r
    where r.section_ref = p.id and (r.end_date is null or r.end_date >= least($1::date, p.end_date))
        and granted(StudentSectionAssociation, r)
) roster on true
order by p.place
