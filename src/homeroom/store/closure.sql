-- Which organisations lie below which? Rebuilt by set after any write to an organisation.
-- No parameters. Changes edfi.organization_closure to what the organisations' own references say.
with recursive edge as materialized (
    select child, parent from edfi.organization_edge
),
below as (
    select education_organization_id as ancestor, education_organization_id as descendant
    from edfi.education_organization
    union
    select b.ancestor, e.child from below b join edge e on e.parent = b.descendant
),
gone as (
    delete from edfi.organization_closure c
    where not exists (
        select 1 from below b where b.ancestor = c.ancestor and b.descendant = c.descendant
    )
)
insert into edfi.organization_closure (ancestor, descendant)
select ancestor, descendant from below
on conflict do nothing;
