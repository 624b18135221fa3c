-- How do the students of one section stand: absences, lates, marks, assignments and tests?
-- $1: the section's uuid. $2: today. $3, $4: code values of attendance that count as absent, as late.
-- $5: code values of submission that count as missing. $6 to $11: the ledger's six texts.
-- One row per student on the roster, by name; a single row without a student when the roster is empty; none
-- when the section is not there for the reader. The lists are JSON, the newest first.
with section as materialized (
    select s.id, s.school_id, s.school_year, s.session_name, s.local_course_code, s.section_identifier,
        s.section_name, s.location_classroom_identification_code as room,
        o.local_course_title, o.course_ref, t.begin_date, t.end_date, h.name_of_institution
    from edfi.section s
    join edfi.course_offering o on o.id = s.course_offering_ref
    join edfi.session t on t.id = o.session_ref
    join edfi.school h on h.school_id = s.school_id
    where s.uuid = $1::uuid and granted(Section, s)
), roster as materialized (
    select distinct on (r.student_ref) r.student_ref as id, n.uuid, r.begin_date, r.end_date,
        coalesce(n.preferred_first_name, n.first_name) as first_name,
        coalesce(n.preferred_last_surname, n.last_surname) as last_surname
    from section k
    join edfi.student_section_association r on r.section_ref = k.id
    join edfi.student n on n.id = r.student_ref
    where (r.end_date is null or r.end_date >= least($2::date, k.end_date))
        and granted(StudentSectionAssociation, r) and granted(Student, n)
    order by r.student_ref, r.begin_date desc
), entry as (
    insert into trust.ledger_entry (actor, purpose, action, resource, basis, request, rows, records)
    select $6::text, $7::text, $8::text, $9::text, $10::text, $11::text,
        count(r.id)::integer, coalesce(array_agg(r.id order by r.id) filter (where r.id is not null), '{}')
    from section k
    left join roster r on true
    having count(k.id) > 0
)
select k.section_identifier, k.section_name, k.local_course_title, k.session_name, k.school_year,
    k.begin_date as term_begins_on, k.end_date as term_ends_on, k.name_of_institution, k.room,
    r.uuid, r.first_name, r.last_surname, r.begin_date, r.end_date,
    attendance.absent, attendance.late, marks.list as marks, work.latest, work.missing, tests.list as tests
from section k
left join roster r on true
left join lateral (
    select jsonb_agg(e.event order by e.day desc) filter (where e.kind = any($3::text[])) as absent,
        jsonb_agg(e.event order by e.day desc) filter (where e.kind = any($4::text[])) as late
    from (
        select a.event_date as day, d.code_value as kind,
            jsonb_build_object('day', a.event_date, 'kind', d.code_value, 'in_class', false, 'uuid', a.uuid,
                'resource', 'StudentSchoolAttendanceEvent', 'file', f.file, 'client', f.client, 'line', a.source_line) as event
        from edfi.student_school_attendance_event a
        join edfi.descriptor d on d.id = a.attendance_event_category_descriptor_id
        left join ingest.source f on f.id = a.source
        where a.student_ref = r.id and a.school_id = k.school_id and a.school_year = k.school_year
            and granted(StudentSchoolAttendanceEvent, a)
        union all
        select c.event_date, d.code_value,
            jsonb_build_object('day', c.event_date, 'kind', d.code_value, 'in_class', true, 'uuid', c.uuid,
                'resource', 'StudentSectionAttendanceEvent', 'file', f.file, 'client', f.client, 'line', c.source_line)
        from edfi.student_section_attendance_event c
        join edfi.descriptor d on d.id = c.attendance_event_category_descriptor_id
        left join ingest.source f on f.id = c.source
        where c.student_ref = r.id and c.section_ref = k.id and granted(StudentSectionAttendanceEvent, c)
    ) e
) attendance on true
left join lateral (
    select jsonb_agg(jsonb_build_object('letter', g.letter_grade_earned, 'percent', g.numeric_grade_earned,
            'kind', d.code_value, 'period', q.code_value, 'day', coalesce(g.current_grade_as_of_date, p.end_date),
            'uuid', g.uuid, 'resource', 'Grade', 'file', f.file, 'client', f.client, 'line', g.source_line)
        order by p.begin_date desc, g.current_grade_as_of_date desc nulls last, g.id desc) as list
    from edfi.grade g
    join edfi.grading_period p on p.id = g.grading_period_ref
    join edfi.descriptor d on d.id = g.grade_type_descriptor_id
    join edfi.descriptor q on q.id = g.grading_period_descriptor_id
    left join ingest.source f on f.id = g.source
    where g.student_unique_id_person_ref = r.id and g.section_identifier = k.section_identifier
        and g.school_id = k.school_id and g.school_year = k.school_year and g.session_name = k.session_name
        and g.local_course_code = k.local_course_code and granted(Grade, g)
) marks on true
left join lateral (
    select jsonb_agg(w.entry order by w.due_date desc, w.id desc) filter (where w.status = any($5::text[])) as missing,
        (array_agg(w.entry order by w.due_date desc, w.id desc) filter (where w.is_scored))[1] as latest
    from (
        select e.due_date, e.id, d.code_value as status,
            coalesce(b.points_earned, b.numeric_grade_earned) is not null or b.letter_grade_earned is not null as is_scored,
            jsonb_build_object('title', e.title, 'day', coalesce(e.due_date, e.date_assigned), 'points', b.points_earned,
                'most', e.max_points, 'percent', b.numeric_grade_earned, 'letter', b.letter_grade_earned, 'uuid', b.uuid,
                'resource', 'StudentGradebookEntry', 'file', f.file, 'client', f.client, 'line', b.source_line) as entry
        from edfi.student_gradebook_entry b
        join edfi.gradebook_entry e on e.id = b.gradebook_entry_ref
        left join edfi.descriptor d on d.id = b.submission_status_descriptor_id
        left join ingest.source f on f.id = b.source
        where b.student_ref = r.id and e.section_ref = k.id
            and granted(StudentGradebookEntry, b) and granted(GradebookEntry, e)
    ) w
) work on true
left join lateral (
    select jsonb_agg(jsonb_build_object('title', a.assessment_title, 'day', v.administration_date::date,
            'scores', (v.doc || '}')::jsonb -> 'scoreResults', 'levels', (v.doc || '}')::jsonb -> 'performanceLevels',
            'uuid', v.uuid, 'resource', 'StudentAssessment', 'file', f.file, 'client', f.client, 'line', v.source_line)
        order by v.administration_date desc nulls last, v.id desc) as list
    from edfi.student_assessment v
    join edfi.assessment a on a.id = v.assessment_ref
    left join ingest.source f on f.id = v.source
    where v.student_ref = r.id and granted(StudentAssessment, v)
        and exists (
            select from edfi.course__descriptor c
            join edfi.assessment__descriptor x on x.target = c.target and x.owner = a.id
            join edfi.descriptor d on d.id = c.target and d.kind = 'AcademicSubjectDescriptor'
            where c.owner = k.course_ref
        )
) tests on true
order by r.last_surname, r.first_name, r.id
