-- Who has this login? $1: login in lower case. At most one row: six columns of an account, then the password's hash.
select id, staff_unique_id, role, organizations, login, display_name, password_hash
from trust.account
where login = $1::text and disabled_at is null
