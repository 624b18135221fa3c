-- Keeps what look-ups of a batch's source hold from now on; what no unfinished batch can ask for any more goes. $1 batch,
-- $2 spec, $3 the spec's file, $4 sealed rows.
with source as (
    select b.id, b.feed from ingest.batch b where b.id = $1::bigint
),
forgotten as (
    delete from ingest.looked_up l
    using source s
    where l.feed is not distinct from s.feed and l.spec = $2::text and l.role = $3::text and l.batch < $1::bigint
        and not exists (
            select from ingest.batch o
            where o.feed is not distinct from s.feed and o.id <> s.id and o.id > l.batch
                and o.state in ('received', 'running', 'asking')
        )
)
insert into ingest.looked_up (feed, spec, role, batch, sealed)
select s.feed, $2::text, $3::text, $1::bigint, $4::bytea from source s
on conflict (batch, spec, role) do update set sealed = excluded.sealed
