-- Batches that come through the inbox: feeds, specs, sealed files, profiles, rules and jobs. Adds alone.
-- Mapping specs of the district's own; a version that was saved never changes.
-- beside: the files that a spec names (look-ups, layouts), name -> text as JSON.
create table ingest.spec (
    name text not null,
    version integer not null,
    definition text not null,
    beside text not null default '{}',
    saved_at timestamptz not null default now(),
    saved_by text not null,
    primary key (name, version)
);

-- Where files of one kind come from again and again. spec: null when each file is recognised. parameters, snapshot,
-- bands and notify are JSON; what a connector needs to sign in somewhere is sealed.
create table ingest.feed (
    id bigint generated always as identity primary key,
    name text not null unique,
    spec text,
    parameters text not null default '{}',
    connector text,
    connector_sealed bytea,
    schedule text,
    snapshot text,
    bands text not null default '{}',
    notify text not null default '{}',
    owner text not null,
    is_paused boolean not null default false,
    created_at timestamptz not null default now(),
    last_run_at timestamptz,
    next_run_at timestamptz
);

-- The inbox: each content once, in sealed parts. fingerprint: keyed, so that it tells nothing without the key.
-- seal: what its parts are bound to.
create table ingest.file (
    id bigint generated always as identity primary key,
    fingerprint bytea not null unique,
    seal bytea not null,
    bytes bigint not null,
    parts integer not null,
    received_at timestamptz not null default now(),
    received_by text not null
);
create table ingest.file_part (
    file bigint not null references ingest.file (id) on delete cascade,
    number integer not null,
    sealed bytea not null,
    primary key (file, number)
);
alter table ingest.file_part alter column sealed set storage external;

alter table ingest.batch
    add column feed bigint references ingest.feed (id),
    add column spec text,
    add column spec_version integer,
    add column parameters text not null default '{}',
    add column loads_on date not null default current_date,
    add column stage text not null default '',
    add column question text,
    add column approved text[] not null default '{}',
    drop constraint batch_state_check,
    add constraint batch_state_check
        check (state in ('received', 'running', 'asking', 'finished', 'failed', 'cancelled', 'undone'));
create index on ingest.batch (fingerprint);
create index on ingest.batch (feed, id);
alter table ingest.quarantine add column spec text, add column spec_version integer;

-- The files of a batch that came through the inbox, under the names they came with. file: null once it is deleted.
create table ingest.batch_file (
    batch bigint not null references ingest.batch (id) on delete cascade,
    name text not null,
    file bigint references ingest.file (id) on delete set null,
    primary key (batch, name)
);

-- What the columns of a batch's files hold, without anybody's values: see ingest.profile. codes: JSON.
create table ingest.column_profile (
    batch bigint not null references ingest.batch (id) on delete cascade,
    file text not null,
    column_name text not null,
    position integer not null,
    rows bigint not null,
    blanks bigint not null,
    distinct_values bigint not null,
    low text,
    high text,
    codes text,
    primary key (batch, file, column_name)
);

-- Which records a snapshot holds; whatever else lies in its scope goes when it ends.
create table ingest.snapshot_record (
    batch bigint not null references ingest.batch (id) on delete cascade,
    resource text not null,
    uuid uuid not null,
    primary key (batch, resource, uuid)
);

-- What rules across records found (ingest.rules); closed when a later look no longer finds it.
-- record: the surrogate id of the record it is about.
create table ingest.rule_finding (
    id bigint generated always as identity primary key,
    rule text not null,
    resource text not null,
    record bigint not null,
    batch bigint references ingest.batch (id) on delete set null,
    found_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index on ingest.rule_finding (rule, resource, record) where closed_at is null;
create table ingest.rule_setting (
    rule text primary key,
    is_on boolean not null,
    set_by text not null,
    set_at timestamptz not null default now()
);

-- Work that is done in the background (store.jobs). Whoever runs a job holds a lock of its number, so that one whose
-- worker was killed is free at once. subject: what it is about; progress: JSON.
create table job.job (
    id bigint generated always as identity primary key,
    kind text not null,
    subject bigint not null,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    progress text not null default '{}',
    fault text,
    added_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz
);
create unique index on job.job (kind, subject) where state = 'waiting';
create index on job.job (due_at, id) where state in ('waiting', 'running');

alter table ingest.file_part enable row level security, force row level security;
create policy granted on ingest.file_part using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
alter table ingest.rule_finding enable row level security, force row level security;
create policy granted on ingest.rule_finding using ((select coalesce(current_setting('homeroom.scope', true), '')) <> '');
grant select, insert, update, delete on all tables in schema ingest, job to homeroom_app;
grant usage, select on all sequences in schema ingest, job to homeroom_app;
