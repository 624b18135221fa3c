-- Which students have an identification code that another student has of the same system and organisation? $1 student numbers.
-- One row each: uuid, student number. A family's code is its children's together.
with coded as materialized (
    select
        o.uuid, o.student_unique_id, c.item ->> 'studentIdentificationSystemDescriptor' as system,
        coalesce(c.item ->> 'assigningOrganizationIdentificationCode', '') as assigned_by,
        lower(c.item ->> 'identificationCode') as code
    from edfi.student_education_organization_association o,
        jsonb_path_query((o.doc || '}')::jsonb, '$.studentIdentificationCodes[*]') as c (item)
    where o.doc like '%"studentIdentificationCodes"%' and granted(StudentEducationOrganizationAssociation, o)
)
select distinct mine.uuid, mine.student_unique_id
from coded mine
    join coded other
        on other.code = mine.code and other.system = mine.system and other.assigned_by = mine.assigned_by
            and other.student_unique_id <> mine.student_unique_id
where mine.student_unique_id = any($1::text[]) and mine.system not like '%#Family'
