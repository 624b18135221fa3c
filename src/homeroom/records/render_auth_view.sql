-- How is a custom authorisation view written that lists these students? $1: its name, $2: student unique ids.
-- One row: the statement. (A definition takes no parameters; the server itself quotes them.)
select format(
    'create view auth.%I as select id from edfi.student where student_unique_id = any (%L::text[])',
    $1::text, $2::text[]
)
