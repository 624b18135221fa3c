-- Whose session is this? $1: hash of the token, $2: now. At most one row.
select a.id, a.display_name, a.staff_unique_id, a.role, a.organizations, s.csrf
from trust.session s
join trust.account a on a.id = s.account
where s.hash = $1::bytea and s.expires_at > $2::timestamptz and a.disabled_at is null
