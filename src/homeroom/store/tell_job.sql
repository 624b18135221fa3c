-- Notes how far a job is. $1 kind, $2 subject, $3 progress as JSON.
update job.job
set progress = $3::text
where kind = $1::text and subject = $2::bigint and state = 'running'
