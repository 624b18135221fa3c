-- Who has this login? $1: login, folded. At most one row; none for an account that is disabled.
select id, password_hash, display_name, staff_unique_id, role, organizations
from trust.account
where login = $1::text and disabled_at is null
