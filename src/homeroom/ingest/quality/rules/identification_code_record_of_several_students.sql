-- Which code records hold a code that another student has of the same system and organisation? $1 student numbers.
-- One row each: uuid, student number. A family's code is its children's together.
select c.uuid, c.student_unique_id
from edfi.student_identification_code c
    join edfi.descriptor d on d.id = c.student_identification_system_descriptor_id
where c.student_unique_id = any($1::text[]) and d.code_value <> 'Family'
    and granted(StudentIdentificationCode, c)
    and exists (
        select
        from edfi.student_identification_code other
        where other.student_identification_system_descriptor_id = c.student_identification_system_descriptor_id
            and coalesce(other.assigning_organization_identification_code, '')
                = coalesce(c.assigning_organization_identification_code, '')
            and lower(other.identification_code) = lower(c.identification_code)
            and other.student_unique_id <> c.student_unique_id and granted(StudentIdentificationCode, other)
    )
