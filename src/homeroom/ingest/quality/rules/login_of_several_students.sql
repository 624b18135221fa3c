-- Which students share a login with another student? $1 student numbers.
-- One row each: uuid, student number.
select o.uuid, o.student_unique_id
from edfi.student_education_organization_association o
where o.student_unique_id = any($1::text[]) and granted(StudentEducationOrganizationAssociation, o)
    and exists (
        select
        from edfi.student_education_organization_association other
        where other.login_id = o.login_id and other.student_unique_id <> o.student_unique_id
            and granted(StudentEducationOrganizationAssociation, other)
    )
