-- What organizations make: apps, and the runs of the state machine that generate their versions.

create table platform.apps (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    name text not null,
    slug text not null,
    number bigint not null generated always as identity,
    locale text not null,
    mvs jsonb not null,
    mvs_sha256 text not null,
    live_generation_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint apps_pkey primary key (tenant_id, id),
    constraint apps_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint apps_slug_is_unique unique (slug),
    constraint apps_number_is_unique unique (number),
    constraint apps_name_is_short check (char_length(name) between 1 and 120),
    constraint apps_slug_is_a_dns_label check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    constraint apps_locale_is_known check (locale in ('es', 'en')),
    constraint apps_mvs_is_an_object check (jsonb_typeof(mvs) = 'object'),
    constraint apps_mvs_sha256_is_one check (mvs_sha256 ~ '^[0-9a-f]{64}$')
);

comment on table platform.apps is 'The apps organizations ask for. A deleted one stays as a mark, so its address is never given to another.';
comment on column platform.apps.tenant_id is 'Whose app it is.';
comment on column platform.apps.id is 'The app.';
comment on column platform.apps.name is 'As its people call it.';
comment on column platform.apps.slug is 'Its host name. Unique over the platform, because host names are; never changes.';
comment on column platform.apps.number is 'A small number, unique over the platform: listener rule priority, local port.';
comment on column platform.apps.locale is 'The language the app speaks.';
comment on column platform.apps.mvs is 'What was asked for, in its present form.';
comment on column platform.apps.mvs_sha256 is 'Digest of the MVS as canonical JSON.';
comment on column platform.apps.live_generation_id is 'The generation that serves now; null before the first success.';
comment on column platform.apps.created_at is 'When it was asked for.';
comment on column platform.apps.updated_at is 'When this row last changed.';
comment on column platform.apps.deleted_at is 'When somebody deleted it; null while it lives.';

create index apps_newest_first on platform.apps (tenant_id, created_at desc, id desc) where deleted_at is null;

alter table platform.apps enable row level security;
alter table platform.apps force row level security;

create policy apps_tenant on platform.apps to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.apps to fragua_app;
grant insert (tenant_id, name, slug, locale, mvs, mvs_sha256) on platform.apps to fragua_app;
grant update (name, mvs, mvs_sha256, live_generation_id, updated_at, deleted_at) on platform.apps to fragua_app;

create table platform.generations (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    app_id uuid not null,
    version bigint not null,
    status text not null default 'queued',
    engine text not null,
    mvs_sha256 text not null,
    idempotency_key text,
    request_sha256 text not null,
    quota_month date not null,
    is_charged boolean not null default true,
    failure_stage text,
    failure_error text,
    failure_reason text,
    url text,
    created_by text not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    constraint generations_pkey primary key (tenant_id, id),
    constraint generations_app_and_id_are_unique unique (tenant_id, app_id, id),
    constraint generations_version_is_unique unique (tenant_id, app_id, version),
    constraint generations_idempotency_key_is_unique unique (tenant_id, idempotency_key),
    constraint generations_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint generations_app_fkey foreign key (tenant_id, app_id) references platform.apps (tenant_id, id),
    constraint generations_version_is_positive check (version > 0),
    constraint generations_status_is_known check (
        status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')
    ),
    constraint generations_engine_is_known check (engine in ('offline', 'claude')),
    constraint generations_mvs_sha256_is_one check (mvs_sha256 ~ '^[0-9a-f]{64}$'),
    constraint generations_request_sha256_is_one check (request_sha256 ~ '^[0-9a-f]{64}$'),
    constraint generations_idempotency_key_is_short check (char_length(idempotency_key) between 1 and 255),
    constraint generations_quota_month_is_a_first check (extract(day from quota_month) = 1),
    constraint generations_ended_when_closed check (
        (status in ('queued', 'running')) = (ended_at is null)
    ),
    constraint generations_started_unless_queued check (status <> 'running' or started_at is not null),
    constraint generations_url_when_succeeded check ((status = 'succeeded') = (url is not null)),
    constraint generations_failure_says_where_and_why check (
        (status = 'failed')
        = (failure_stage is not null and failure_error is not null and failure_reason is not null)
    ),
    constraint generations_failed_or_cancelled_is_free check (
        is_charged = (status not in ('failed', 'cancelled'))
    )
);

comment on table platform.generations is 'Runs that turn an app''s MVS into a running version.';
comment on column platform.generations.tenant_id is 'Whose run it is.';
comment on column platform.generations.id is 'The run; also its execution name in the state machine.';
comment on column platform.generations.app_id is 'The app it makes a version of.';
comment on column platform.generations.version is '1, 2, … per app.';
comment on column platform.generations.status is 'queued and running are open; the others are final.';
comment on column platform.generations.engine is 'Who wrote it: offline (rules only) or claude.';
comment on column platform.generations.mvs_sha256 is 'Digest of the MVS it started from.';
comment on column platform.generations.idempotency_key is 'The caller''s name for this start: the same key never starts a second run.';
comment on column platform.generations.request_sha256 is 'Digest of the request, so that a key used again for something else is noticed.';
comment on column platform.generations.quota_month is 'First day of the calendar month (UTC) it counts in.';
comment on column platform.generations.is_charged is 'Whether it counts against the quota; given back when it fails or is cancelled.';
comment on column platform.generations.failure_stage is 'Where it failed.';
comment on column platform.generations.failure_error is 'The name of the error it failed with.';
comment on column platform.generations.failure_reason is 'Why it failed, in words for people.';
comment on column platform.generations.url is 'Where the version answers, once it succeeded.';
comment on column platform.generations.created_by is 'Who started it, as in audit_log.actor.';
comment on column platform.generations.created_at is 'When it was asked for.';
comment on column platform.generations.started_at is 'When the state machine took it up.';
comment on column platform.generations.ended_at is 'When it was closed; null while it is open.';

create unique index generations_one_open_per_app on platform.generations (tenant_id, app_id)
    where status in ('queued', 'running');
create index generations_newest_first on platform.generations (tenant_id, app_id, created_at desc, id desc);
create index generations_charged_per_month on platform.generations (tenant_id, quota_month) where is_charged;

alter table platform.generations enable row level security;
alter table platform.generations force row level security;

create policy generations_tenant on platform.generations to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.generations to fragua_app;
grant insert (
    tenant_id, app_id, version, engine, mvs_sha256, idempotency_key, request_sha256, quota_month, created_by
) on platform.generations to fragua_app;
grant update (
    status, is_charged, failure_stage, failure_error, failure_reason, url, started_at, ended_at
) on platform.generations to fragua_app;

-- The live version is a generation of the same app of the same tenant, whatever the program believes.
alter table platform.apps add constraint apps_live_generation_fkey
    foreign key (tenant_id, id, live_generation_id) references platform.generations (tenant_id, app_id, id);
