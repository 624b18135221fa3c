-- Makes an account. $1: login in lower case, $2: the password's hash, $3: shown name, $4: staff unique id or null,
-- $5: role, $6: organisations. One row, six columns of an account; none when the login is taken.
insert into trust.account (login, password_hash, display_name, staff_unique_id, role, organizations)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint[])
on conflict (login) do nothing
returning id, staff_unique_id, role, organizations, login, display_name
