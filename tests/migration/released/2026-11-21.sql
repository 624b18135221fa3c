-- What every district's database has, whatever standard it holds. The tables of the standard's
-- resources are generated beside these by store.ddl.

create schema edfi;
create schema trust;
create schema ingest;
create schema job;

-- Custom authorisation views, each named after its strategy, with the ids it lets through. Made by the owner alone.
create schema auth;
grant usage on schema auth to homeroom_app;
alter default privileges in schema auth grant select on tables to homeroom_app;

-- The district itself: settings, and its keys wrapped by the sealed root.
create table trust.setting (
    name text primary key,
    value text not null
);

-- Which hand-written migrations (store/migrations) it has; a new district has all.
create table trust.migration (
    name text primary key,
    applied_at timestamptz not null default now()
);

-- What the district adds to its standard: the text of each extension's file, in the order of id.
create table trust.extension (
    id bigint generated always as identity primary key,
    project text not null unique,
    definition text not null,
    added_at timestamptz not null default now()
);

create table trust.data_key (
    name text primary key,
    wrapped bytea not null,
    created_at timestamptz not null default now()
);

-- One number per record, whatever its resource: the ledger then names a record by a number alone.
create sequence edfi.record_id as bigint;

-- One number per change; stamped by the writer.
-- It has always been called once, so that its last value is a version that is already given.
create sequence edfi.change_version as bigint minvalue 0 start 0;
select nextval('edfi.change_version');

-- A record that went: what the change feed tells of it, and on what its readers are authorised.
create table edfi.deleted_record (
    change_version bigint primary key,
    resource text not null,
    record bigint not null,
    uuid uuid not null,
    key_values text not null,
    subjects text not null,
    deleted_at timestamptz not null default now()
);
create index on edfi.deleted_record (resource, change_version);

-- A record whose natural key changed.
create table edfi.key_change (
    change_version bigint primary key,
    resource text not null,
    record bigint not null,
    uuid uuid not null,
    old_key_values text not null,
    new_key_values text not null,
    subjects text not null,
    changed_at timestamptz not null default now()
);
create index on edfi.key_change (resource, change_version);

-- The row that a write replaced or removed: undo, corrections and history rest on it.
create table edfi.before_image (
    id bigint generated always as identity primary key,
    resource text not null,
    record bigint not null,
    uuid uuid not null,
    change_version bigint not null,
    replaced_by bigint not null,
    source bigint,
    source_line integer,
    doc text not null,
    sealed bytea,
    modified_at timestamptz not null,
    replaced_at timestamptz not null default now()
);
create index on edfi.before_image (resource, record);
create index on edfi.before_image (replaced_by);

-- Which organisations lie below which, each below itself; natural ids.
create table edfi.organization_closure (
    ancestor bigint not null,
    descendant bigint not null,
    primary key (ancestor, descendant)
);
create index on edfi.organization_closure (descendant, ancestor);

-- Where a record came from: one row per file of a batch, or per client.
create table ingest.source (
    id bigint generated always as identity primary key,
    batch bigint,
    file text,
    client text,
    unique nulls not distinct (batch, file, client)
);

create table ingest.batch (
    id bigint generated always as identity primary key,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    state text not null default 'running'
        check (state in ('running', 'finished', 'failed', 'undone')),
    actor text not null,
    paths text[] not null,
    fingerprint bytea,
    is_check boolean not null default false,
    counts text not null default '{}',
    undoes bigint references ingest.batch (id)
);

-- How far a batch has come in each file: a batch that was killed goes on from here.
create table ingest.checkpoint (
    batch bigint not null references ingest.batch (id) on delete cascade,
    file text not null,
    resource text not null,
    position bigint not null,
    counts text not null default '{}',
    reached_at timestamptz not null default now(),
    primary key (batch, file, resource)
);

-- What could not be loaded: sealed, with reason and remedy, until it is replayed or dismissed.
-- missing: `Resource|key` of the record it waits for; identity: the key of the record it would become. Both
-- keys are hashes under the district's key.
create table ingest.quarantine (
    id bigint generated always as identity primary key,
    batch bigint references ingest.batch (id) on delete set null,
    file text not null,
    line integer,
    resource text,
    code text not null,
    path text,
    words text not null,
    remedy text not null default '',
    missing text,
    identity text,
    row_sealed bytea not null,
    state text not null default 'waiting' check (state in ('waiting', 'replayed', 'dismissed')),
    added_at timestamptz not null default now(),
    settled_at timestamptz
);
create index on ingest.quarantine (state, missing);
create index on ingest.quarantine (identity) where state = 'waiting';
create index on ingest.quarantine (batch);

-- What inBloom's packages call records, so that a later package may refer to an earlier one's: sealed.
create table ingest.package_directory (
    is_only boolean primary key default true check (is_only),
    sealed bytea not null,
    kept_at timestamptz not null default now()
);

-- API clients and what their registration lets them claim.
create table trust.client (
    id bigint generated always as identity primary key,
    key text not null unique,
    secret_hash text not null,
    name text not null default '',
    claim_set text not null,
    namespace_prefixes text[] not null default '{}',
    organizations bigint[] not null default '{}',
    profiles text[] not null default '{}',
    ownership bigint[] not null default '{}',
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

create table trust.token (
    hash bytea primary key,
    client bigint not null references trust.client (id) on delete cascade,
    organizations bigint[],
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on trust.token (client, expires_at);

-- Why a client's requests fail, grouped: one row per client, day and cause.
create table trust.client_failure (
    client bigint not null references trust.client (id) on delete cascade,
    day date not null,
    resource text not null,
    status smallint not null,
    cause text not null,
    requests bigint not null default 1,
    last_at timestamptz not null default now(),
    primary key (client, day, resource, status, cause)
);

create table trust.profile (
    name text primary key,
    definition text not null
);

-- Claim sets as they were uploaded; the newest baseline and uploads in order make the claim book.
create table trust.claim_document (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('baseline', 'fragment', 'upload')),
    name text not null,
    document text not null
);

-- People who sign in. Local accounts; other ways to sign in come with the trust issue.
create table trust.account (
    id bigint generated always as identity primary key,
    login text not null unique,
    password_hash text not null,
    display_name text not null,
    staff_unique_id text,
    role text not null,
    organizations bigint[] not null default '{}',
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);

create table trust.session (
    hash bytea primary key,
    account bigint not null references trust.account (id) on delete cascade,
    csrf text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

-- One entry per read, write and administrative act, in the transaction of that act.
-- people: surrogate ids of the records that were read or written, by resource.
create table trust.ledger_entry (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    purpose text not null,
    action text not null,
    resource text not null,
    basis text not null,
    rows integer not null,
    records bigint[] not null,
    request text not null default '',
    salt bytea not null default decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
);
create index on trust.ledger_entry (resource, id);
alter table edfi.deleted_record enable row level security, force row level security;
create policy granted on edfi.deleted_record using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table edfi.key_change enable row level security, force row level security;
create policy granted on edfi.key_change using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table edfi.before_image enable row level security, force row level security;
create policy granted on edfi.before_image using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table ingest.quarantine enable row level security, force row level security;
create policy granted on ingest.quarantine using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
grant usage on schema "edfi" to homeroom_app;
grant select, insert, update, delete on all tables in schema "edfi" to homeroom_app;
grant usage, select on all sequences in schema "edfi" to homeroom_app;
grant usage on schema "trust" to homeroom_app;
grant select, insert, update, delete on all tables in schema "trust" to homeroom_app;
grant usage, select on all sequences in schema "trust" to homeroom_app;
grant usage on schema "ingest" to homeroom_app;
grant select, insert, update, delete on all tables in schema "ingest" to homeroom_app;
grant usage, select on all sequences in schema "ingest" to homeroom_app;
grant usage on schema "job" to homeroom_app;
grant select, insert, update, delete on all tables in schema "job" to homeroom_app;
grant usage, select on all sequences in schema "job" to homeroom_app;
revoke update, delete on trust.ledger_entry from homeroom_app;
