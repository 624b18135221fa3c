-- What snapshots held is of no more use once their batches have ended, however they ended. No parameters.
delete from ingest.snapshot_record h
using ingest.batch b
where b.id = h.batch and b.state not in ('received', 'running', 'asking')
