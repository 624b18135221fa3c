-- Keeps who the people of an input of a batch are. $1 batch, $2 position of the input; $3 the spec's names for them,
-- $4 kinds of person, $5 sources, $6 who they are, sealed, each of a length. No row.
insert into matching.batch_people (batch, position, name, kind, source, found_sealed)
select $1::bigint, $2::integer, u.name, u.kind, u.source, u.sealed
from unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) as u (name, kind, source, sealed)
on conflict (batch, position, name) do update set found_sealed = excluded.found_sealed
