-- Organizations that people make, join, leave and end.

alter table platform.organizations add column deletion_due_at timestamptz;
alter table platform.organizations add column deleted_at timestamptz;

comment on column platform.organizations.deletion_due_at is 'When it will be deleted, because its owner said so; null while nobody did.';
comment on column platform.organizations.deleted_at is 'When what it had was deleted; the row stays for its audit log.';

grant insert (id, name, locale) on platform.organizations to fragua_app;
grant update (deletion_due_at, deleted_at) on platform.organizations to fragua_app;

grant insert (tenant_id, user_id, role) on platform.memberships to fragua_app;
grant update (role, updated_at) on platform.memberships to fragua_app;
grant delete on platform.memberships to fragua_app;

create table platform.person_organizations (
    user_id uuid not null,
    organization_id uuid not null,
    constraint person_organizations_pkey primary key (user_id, organization_id),
    constraint person_organizations_user_fkey foreign key (user_id) references platform.users (id) on delete cascade,
    constraint person_organizations_membership_fkey
        foreign key (organization_id, user_id) references platform.memberships (tenant_id, user_id) on delete cascade
);

comment on table platform.person_organizations is
    'In which organizations a person is: memberships seen from the person''s side. A trigger keeps it.';
comment on column platform.person_organizations.user_id is 'The person.';
comment on column platform.person_organizations.organization_id is 'Where they are a member; as what is said in memberships.';

-- The members of today. The owner obeys the policy of memberships, so it rests for this one statement.
alter table platform.memberships no force row level security;

insert into platform.person_organizations (user_id, organization_id)
select user_id, tenant_id from platform.memberships;

alter table platform.memberships force row level security;

alter table platform.person_organizations enable row level security;
alter table platform.person_organizations force row level security;

create policy person_organizations_person on platform.person_organizations to fragua_app, fragua_owner
    using (user_id = (select current_setting('app.current_user_id', true)::uuid))
    with check (user_id = (select current_setting('app.current_user_id', true)::uuid));

grant select on platform.person_organizations to fragua_app;

create function platform.note_membership()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_user text := coalesce(current_setting('app.current_user_id', true), '');
begin
    perform set_config('app.current_user_id', new.user_id::text, true);
    insert into platform.person_organizations (user_id, organization_id) values (new.user_id, new.tenant_id);
    perform set_config('app.current_user_id', callers_user, true);
    return null;
end
$$;

comment on function platform.note_membership() is
    'Lets a person find an organization they joined; leaving takes the row away by its foreign key.';

revoke all on function platform.note_membership() from public;

create trigger memberships_are_noted after insert on platform.memberships
    for each row execute function platform.note_membership();

create function platform.my_organizations()
returns table (organization_id uuid, name text, plan text, role text, joined_at timestamptz, deletion_due_at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    person uuid := current_setting('app.current_user_id', true)::uuid;
    callers_tenant text := coalesce(current_setting('app.current_tenant_id', true), '');
    mine uuid;
begin
    for mine in
        select noted.organization_id from platform.person_organizations as noted where noted.user_id = person
    loop
        perform set_config('app.current_tenant_id', mine::text, true);
        return query
            select organization.id, organization.name, organization.plan, membership.role, membership.created_at,
                organization.deletion_due_at
            from platform.memberships as membership
            join platform.organizations as organization on organization.tenant_id = membership.tenant_id
            where membership.tenant_id = mine and membership.user_id = person and organization.deleted_at is null;
    end loop;
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

comment on function platform.my_organizations() is
    'The organizations of the current person, and as what they are there: each is opened in turn, as that tenant.';

revoke all on function platform.my_organizations() from public;
grant execute on function platform.my_organizations() to fragua_app;

create function platform.people_here()
returns table (user_id uuid, email text, name text, role text, joined_at timestamptz, has_second_factor boolean)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := current_setting('app.current_tenant_id', true)::uuid;
    callers_user text := coalesce(current_setting('app.current_user_id', true), '');
    member record;
begin
    for member in
        select membership.user_id, membership.role, membership.created_at
        from platform.memberships as membership where membership.tenant_id = tenant
        order by membership.created_at, membership.user_id
    loop
        perform set_config('app.current_user_id', member.user_id::text, true);
        return query
            select person.id, person.email, person.name, member.role, member.created_at,
                exists (
                    select from platform.person_credentials as credentials
                    where credentials.user_id = member.user_id and credentials.second_factor_confirmed_at is not null
                )
            from platform.users as person where person.id = member.user_id;
    end loop;
    perform set_config('app.current_user_id', callers_user, true);
end
$$;

comment on function platform.people_here() is
    'Names and addresses of the current organization''s members: their rows belong to them, so each is opened in turn.';

revoke all on function platform.people_here() from public;
grant execute on function platform.people_here() to fragua_app;

create table platform.invitations (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    email text not null,
    role text not null,
    locale text not null default 'en',
    invited_by text not null,
    token_sha256 text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    constraint invitations_pkey primary key (tenant_id, id),
    constraint invitations_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint invitations_accepted_by_fkey foreign key (accepted_by) references platform.users (id) on delete set null,
    constraint invitations_email_looks_like_one check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 254),
    constraint invitations_role_is_known check (role in ('owner', 'admin', 'builder', 'viewer')),
    constraint invitations_locale_is_known check (locale in ('es', 'en')),
    constraint invitations_token_is_a_sha256 check (token_sha256 ~ '^[0-9a-f]{64}$'),
    constraint invitations_end_once check (accepted_at is null or revoked_at is null)
);

create unique index invitations_open_one_per_address on platform.invitations (tenant_id, lower(email))
    where accepted_at is null and revoked_at is null;

comment on table platform.invitations is 'Who was asked to join an organization, as what.';
comment on column platform.invitations.tenant_id is 'Where to.';
comment on column platform.invitations.id is 'The invitation.';
comment on column platform.invitations.email is 'Whom; only that address may accept.';
comment on column platform.invitations.role is 'As what.';
comment on column platform.invitations.locale is 'The language of the letter.';
comment on column platform.invitations.invited_by is 'Who asked, as in audit_log.actor.';
comment on column platform.invitations.token_sha256 is 'The link sent last; earlier ones are good for nothing. Null until the letter left.';
comment on column platform.invitations.created_at is 'When it was made.';
comment on column platform.invitations.expires_at is 'From when it can''t be accepted.';
comment on column platform.invitations.accepted_at is 'When it was; null while it was not.';
comment on column platform.invitations.accepted_by is 'By which person.';
comment on column platform.invitations.revoked_at is 'When it was taken back; null while it was not.';

alter table platform.invitations enable row level security;
alter table platform.invitations force row level security;

create policy invitations_tenant on platform.invitations to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.invitations to fragua_app;
grant insert (tenant_id, id, email, role, locale, invited_by, expires_at) on platform.invitations to fragua_app;
grant update (token_sha256, expires_at, accepted_at, accepted_by, revoked_at) on platform.invitations to fragua_app;

create table platform.organization_exports (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    requested_by text not null,
    created_at timestamptz not null default now(),
    ready_at timestamptz,
    failed_at timestamptz,
    object_key text,
    size_bytes bigint,
    constraint organization_exports_pkey primary key (tenant_id, id),
    constraint organization_exports_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint organization_exports_ready_has_a_file
        check (ready_at is null or (object_key is not null and size_bytes is not null))
);

comment on table platform.organization_exports is 'Copies of all an organization has here, made when asked for.';
comment on column platform.organization_exports.tenant_id is 'Whose data.';
comment on column platform.organization_exports.id is 'The export.';
comment on column platform.organization_exports.requested_by is 'Who asked, as in audit_log.actor.';
comment on column platform.organization_exports.created_at is 'When it was asked for.';
comment on column platform.organization_exports.ready_at is 'When the file was there; null while it is not.';
comment on column platform.organization_exports.failed_at is 'When it was given up; null while it was not.';
comment on column platform.organization_exports.object_key is 'Where the file is in the artifact bucket.';
comment on column platform.organization_exports.size_bytes is 'How large it is.';

alter table platform.organization_exports enable row level security;
alter table platform.organization_exports force row level security;

create policy organization_exports_tenant on platform.organization_exports to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.organization_exports to fragua_app;
grant insert (tenant_id, id, requested_by) on platform.organization_exports to fragua_app;
grant update (ready_at, failed_at, object_key, size_bytes) on platform.organization_exports to fragua_app;
