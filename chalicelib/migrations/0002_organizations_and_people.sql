-- Who uses the platform: organizations (the tenants), people, and which people are in which organization.

create table platform.organizations (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null generated always as (id) stored,
    name text not null,
    plan text not null default 'free',
    locale text not null default 'en',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint organizations_pkey primary key (tenant_id),
    constraint organizations_name_is_short check (char_length(name) between 1 and 120),
    constraint organizations_plan_is_known check (plan in ('free', 'starter', 'pro', 'scale')),
    constraint organizations_locale_is_known check (locale in ('es', 'en'))
);

comment on table platform.organizations is 'The tenants: who owns apps and pays for a plan.';
comment on column platform.organizations.id is 'The organization; also its tenant id.';
comment on column platform.organizations.tenant_id is 'Always the id, so that this table carries the same policy as every other.';
comment on column platform.organizations.name is 'As its people write it.';
comment on column platform.organizations.plan is 'What it pays for; quotas are in chalicelib/tenancy/plans.py. Only billing changes it.';
comment on column platform.organizations.locale is 'The language we write to it in.';
comment on column platform.organizations.created_at is 'When it joined.';
comment on column platform.organizations.updated_at is 'When this row last changed.';

alter table platform.organizations enable row level security;
alter table platform.organizations force row level security;

create policy organizations_tenant on platform.organizations to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

-- `update` of a column is also what allows `select … for no key update`, with which a start waits for its turn.
grant select on platform.organizations to fragua_app;
grant update (name, locale, updated_at) on platform.organizations to fragua_app;

create table platform.users (
    id uuid not null default gen_random_uuid(),
    email text not null,
    name text not null,
    locale text not null default 'en',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint users_email_looks_like_one check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 254),
    constraint users_name_is_short check (char_length(name) between 1 and 120),
    constraint users_locale_is_known check (locale in ('es', 'en'))
);

create unique index users_email_is_unique on platform.users (lower(email));

comment on table platform.users is
    'People. A person may be in several organizations, so a row belongs to the person, not to a tenant.';
comment on column platform.users.id is 'The person.';
comment on column platform.users.email is 'How they sign in; unique whatever its case.';
comment on column platform.users.name is 'As they write it.';
comment on column platform.users.locale is 'The language we write to them in.';
comment on column platform.users.created_at is 'When they joined.';
comment on column platform.users.updated_at is 'When this row last changed.';

alter table platform.users enable row level security;
alter table platform.users force row level security;

create policy users_person on platform.users to fragua_app, fragua_owner
    using (id = (select current_setting('app.current_user_id', true)::uuid))
    with check (id = (select current_setting('app.current_user_id', true)::uuid));

create table platform.memberships (
    tenant_id uuid not null,
    user_id uuid not null,
    role text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint memberships_pkey primary key (tenant_id, user_id),
    constraint memberships_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint memberships_user_fkey foreign key (user_id) references platform.users (id),
    constraint memberships_role_is_known check (role in ('owner', 'admin', 'builder', 'viewer'))
);

comment on table platform.memberships is 'Which person is in which organization, and as what.';
comment on column platform.memberships.tenant_id is 'The organization.';
comment on column platform.memberships.user_id is 'The person.';
comment on column platform.memberships.role is 'What they may do: chalicelib/tenancy/roles.py.';
comment on column platform.memberships.created_at is 'When they joined this organization.';
comment on column platform.memberships.updated_at is 'When this row last changed.';

alter table platform.memberships enable row level security;
alter table platform.memberships force row level security;

create policy memberships_tenant on platform.memberships to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.memberships to fragua_app;
