-- Whose session is this? $1: the token's hash, $2: now.
-- At most one row: six columns of an account, then csrf and when it ends.
select a.id, a.staff_unique_id, a.role, a.organizations, a.login, a.display_name, s.csrf, s.expires_at
from trust.session s
join trust.account a on a.id = s.account
where s.hash = $1::bytea and s.expires_at > $2::timestamptz and a.disabled_at is null
