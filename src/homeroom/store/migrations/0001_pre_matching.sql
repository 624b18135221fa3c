-- Who is who: the crosswalk, the pairs that a person decides, and what mergers did. Adds tables alone.
create schema matching;
grant usage on schema matching to homeroom_app;

-- Who is who: which person of the district a source's id means. decided_by: `matching`, or the actor who decided;
-- reasons: codes of homeroom.matching.reasons. A row that was taken back keeps its end.
create table matching.crosswalk (
    id bigint generated always as identity primary key,
    source text not null,
    kind text not null check (kind in ('student', 'staff', 'contact')),
    source_id text not null,
    unique_id text not null,
    decided_by text not null,
    reasons text[] not null default '{}',
    decided_at timestamptz not null default now(),
    ended_at timestamptz,
    ended_by text
);
create unique index on matching.crosswalk (source, kind, source_id) where ended_at is null;
create index on matching.crosswalk (kind, unique_id);

-- Two that may be one person: somebody of a source, sealed as they came, beside somebody of the district.
-- probability: 0..1, as the comparison had it. postponed_at: somebody looked and will look again.
create table matching.question (
    id bigint generated always as identity primary key,
    source text not null,
    kind text not null check (kind in ('student', 'staff', 'contact')),
    source_id text not null,
    incoming_sealed bytea not null,
    candidate text not null,
    probability double precision not null,
    reasons text[] not null default '{}',
    state text not null default 'open' check (state in ('open', 'same', 'different')),
    asked_at timestamptz not null default now(),
    postponed_at timestamptz,
    decided_at timestamptz,
    decided_by text,
    unique (source, kind, source_id, candidate)
);
create index on matching.question (state, id);

-- Two records of one person made one. kept, gone: unique ids; gone_uuid: the record that went.
create table matching.merger (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('student', 'staff', 'contact')),
    kept text not null,
    kept_uuid uuid not null,
    gone text not null,
    gone_uuid uuid not null,
    decided_by text not null,
    reasons text[] not null default '{}',
    merged_at timestamptz not null default now(),
    split_at timestamptz,
    split_by text
);

-- What a merger did, in its order: a record that went (its before-image tells how it stood), or one whose reference
-- to `from_uuid` became one to `to_uuid`.
create table matching.merger_step (
    merger bigint not null references matching.merger (id) on delete cascade,
    step integer not null,
    resource text not null,
    uuid uuid not null,
    target text,
    from_uuid uuid,
    to_uuid uuid,
    primary key (merger, step)
);

alter table matching.crosswalk enable row level security, force row level security;
create policy granted on matching.crosswalk using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table matching.question enable row level security, force row level security;
create policy granted on matching.question using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table matching.merger enable row level security, force row level security;
create policy granted on matching.merger using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table matching.merger_step enable row level security, force row level security;
create policy granted on matching.merger_step using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');

grant select, insert, update, delete on all tables in schema matching to homeroom_app;
grant usage, select on all sequences in schema matching to homeroom_app;
