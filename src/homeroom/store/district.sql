-- What every district's database has, whatever standard it holds. The tables of the standard's
-- resources are generated beside these by store.ddl.

create schema edfi;
create schema trust;
create schema ingest;
create schema job;
create schema matching;

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
-- bands and notify are JSON; a connector's settings, among them what signs in somewhere, and where its next visit begins are
-- sealed.
create table ingest.feed (
    id bigint generated always as identity primary key,
    name text not null unique,
    spec text,
    parameters text not null default '{}',
    connector text,
    connector_sealed bytea,
    bookmark_sealed bytea,
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

-- stage: how far it has come (ingest.stages). question: why it stopped to ask, as JSON; approved: what somebody has
-- said yes to. loads_on: the day that its mapping takes for the load's.
create table ingest.batch (
    id bigint generated always as identity primary key,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    state text not null default 'running'
        check (state in ('received', 'running', 'asking', 'finished', 'failed', 'cancelled', 'undone')),
    actor text not null,
    paths text[] not null,
    fingerprint bytea,
    is_check boolean not null default false,
    counts text not null default '{}',
    undoes bigint references ingest.batch (id),
    feed bigint references ingest.feed (id),
    spec text,
    spec_version integer,
    parameters text not null default '{}',
    loads_on date not null default current_date,
    stage text not null default '',
    question text,
    approved text[] not null default '{}'
);
create index on ingest.batch (fingerprint);
create index on ingest.batch (feed, id);

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

-- Which records a row of a source brought, so that they are found when the source says that the row is to go.
-- feed: whose row it is, null without one; row_key: a keyed hash of what the source calls the row, of its file and spec;
-- gone_in: the batch that said so (it counts while that batch runs and once it is finished).
create table ingest.row_record (
    feed bigint references ingest.feed (id),
    row_key bigint not null,
    resource text not null,
    uuid uuid not null,
    gone_in bigint references ingest.batch (id) on delete set null,
    unique nulls not distinct (row_key, feed, resource, uuid)
);
create index on ingest.row_record (uuid);
create index on ingest.row_record (gone_in) where gone_in is not null;

-- Rows of files that others look things up in, as they stood when a batch had ended: a delivery of changes does not bring
-- them again. feed: whose they are, null without one; role: what the spec calls the file.
create table ingest.looked_up (
    batch bigint not null references ingest.batch (id) on delete cascade,
    spec text not null,
    role text not null,
    feed bigint references ingest.feed (id),
    sealed bytea not null,
    primary key (batch, spec, role)
);
create index on ingest.looked_up (spec, role, batch);
alter table ingest.looked_up alter column sealed set storage external;

-- Records that a snapshot or a deletion by name removed, for whoever takes the batch back.
create table ingest.removed_record (
    batch bigint not null references ingest.batch (id) on delete cascade,
    resource text not null,
    record bigint not null,
    primary key (batch, resource, record)
);

-- What rules across records found (ingest.rules); closed when a later look no longer finds it.
-- student: a keyed hash of the number, by which findings of a student are closed.
create table ingest.rule_finding (
    id bigint generated always as identity primary key,
    rule text not null,
    resource text not null,
    uuid uuid not null,
    student bigint not null,
    batch bigint references ingest.batch (id) on delete set null,
    found_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index on ingest.rule_finding (rule, uuid) where closed_at is null;
create index on ingest.rule_finding (rule, student) where closed_at is null;
create table ingest.rule_setting (
    rule text primary key,
    is_on boolean not null,
    set_by text not null,
    set_at timestamptz not null default now()
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
-- keys are hashes under the district's key. spec, spec_version: what mapped it, for a row of a mapped file; row_key: as in
-- ingest.row_record, where one row alone gives the record.
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
    settled_at timestamptz,
    spec text,
    spec_version integer,
    row_key bigint
);
create index on ingest.quarantine (state, missing);
create index on ingest.quarantine (row_key) where state = 'waiting';
create index on ingest.quarantine (identity) where state = 'waiting';
create index on ingest.quarantine (batch);

-- What inBloom's packages call records, so that a later package may refer to an earlier one's: sealed.
create table ingest.package_directory (
    is_only boolean primary key default true check (is_only),
    sealed bytea not null,
    kept_at timestamptz not null default now()
);

-- Who is who: which person of the district a source's id means. decided_by: `matching`, or the actor who decided;
-- reasons: codes of homeroom.matching.reasons; batch: the load that asked, where one did. A row that was taken back
-- keeps its end.
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
    ended_by text,
    batch bigint
);
create unique index on matching.crosswalk (source, kind, source_id) where ended_at is null;
create index on matching.crosswalk (kind, unique_id);
create index on matching.crosswalk (batch) where batch is not null;

-- Two that may be one person: somebody of a source, sealed as they came, beside somebody of the district.
-- probability: 0..1, as the comparison had it. postponed_at: somebody looked and will look again. batch: the load that
-- asked last, where one did.
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
    batch bigint,
    unique (source, kind, source_id, candidate)
);
create index on matching.question (state, id);

-- Whose ids a batch brought: one row for each kind of person that a mapped input tells of. found: who each of them is,
-- sealed, so that a batch that is taken up again reads what it read; null once the batch has ended.
create table matching.batch_people (
    batch bigint not null references ingest.batch (id) on delete cascade,
    position integer not null,
    name text not null,
    kind text not null check (kind in ('student', 'staff', 'contact')),
    source text not null,
    found_sealed bytea,
    primary key (batch, position, name)
);
create index on matching.batch_people (kind, source);

-- A record that came in under the wrong person and could not be taken off them: a person has to.
create table matching.left_record (
    question bigint not null references matching.question (id) on delete cascade,
    resource text not null,
    uuid uuid not null,
    primary key (question, resource, uuid)
);

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

-- What a merger did: a record whose references it changed, or one that went because the one who stayed had it too
-- (`into_uuid`); its before-image tells how that stood.
create table matching.merger_step (
    merger bigint not null references matching.merger (id) on delete cascade,
    resource text not null,
    uuid uuid not null,
    into_uuid uuid,
    primary key (merger, resource, uuid)
);

-- Answers of the Identities API that are fetched later: sealed, null until they are ready; kept for an hour.
create table matching.answer (
    token uuid primary key,
    client bigint not null,
    sealed bytea,
    asked_at timestamptz not null default now()
);
create index on matching.answer (asked_at);

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
-- Packing the ids of a page cost PostgreSQL more than reading its records (decision 0012).
alter table trust.ledger_entry alter column records set storage external;
create index on trust.ledger_entry (resource, id);

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
