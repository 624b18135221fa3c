-- Makes an account, or renews the one of this login and ends its sessions.
-- $1: login, folded; $2: hash of the password, $3: name, $4: staff id or null, $5: role, $6: organisations.
-- One row: its id.
with stored as (
    insert into trust.account as a (login, password_hash, display_name, staff_unique_id, role, organizations)
    values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint[])
    on conflict (login) do update set password_hash = excluded.password_hash, display_name = excluded.display_name,
        staff_unique_id = excluded.staff_unique_id, role = excluded.role, organizations = excluded.organizations,
        disabled_at = null
    returning a.id
), ended as (
    delete from trust.session s using stored t where s.account = t.id
)
select id from stored
