-- Who may sign in? One row per account: six columns of an account.
select id, staff_unique_id, role, organizations, login, display_name
from trust.account
where disabled_at is null
order by login
