-- Which students' numbers stood for somebody of another first name or birth date in the same load? $1 student numbers.
-- One row each: uuid, student number. What a load replaced of its own is kept as a before-image.
select s.uuid, s.student_unique_id
from edfi.student s
    join ingest.source written on written.id = s.source
where s.student_unique_id = any($1::text[]) and granted(Student, s)
    and exists (
        select
        from edfi.before_image i
            join ingest.source earlier on earlier.id = i.source
        where i.resource = 'Student' and i.record = s.id and earlier.batch = written.batch
            and (
                lower((i.doc || '}')::jsonb ->> 'firstName') <> lower(s.first_name)
                or (i.doc || '}')::jsonb ->> 'birthDate' <> s.birth_date::text
            )
    )
