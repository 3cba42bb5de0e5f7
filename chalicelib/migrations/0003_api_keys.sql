-- API keys, and the one thing that must be found without knowing the tenant: where a key's prefix leads.

create table platform.api_key_routes (
    prefix text not null,
    organization_id uuid not null,
    constraint api_key_routes_pkey primary key (prefix),
    constraint api_key_routes_organization_and_prefix_are_unique unique (organization_id, prefix),
    constraint api_key_routes_organization_fkey
        foreign key (organization_id) references platform.organizations (tenant_id),
    constraint api_key_routes_prefix_is_well_formed check (prefix ~ '^[0-9a-z]{8}$')
);

comment on table platform.api_key_routes is
    'To which organization a key prefix leads. A session sees the one row whose prefix it presents, and only fragua_owner''s functions may look.';
comment on column platform.api_key_routes.prefix is 'The public part of a key.';
comment on column platform.api_key_routes.organization_id is 'Whose key it is.';

alter table platform.api_key_routes enable row level security;
alter table platform.api_key_routes force row level security;

create policy api_key_routes_prefix on platform.api_key_routes to fragua_owner
    using (prefix = (select current_setting('app.presented_prefix', true)))
    with check (prefix = (select current_setting('app.presented_prefix', true)));

create table platform.api_keys (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    prefix text not null,
    secret_sha256 bytea not null,
    name text not null,
    role text not null,
    scopes text[] not null default '{}',
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_pkey primary key (tenant_id, id),
    constraint api_keys_prefix_is_unique unique (tenant_id, prefix),
    constraint api_keys_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint api_keys_route_fkey
        foreign key (tenant_id, prefix) references platform.api_key_routes (organization_id, prefix),
    constraint api_keys_secret_is_a_sha256 check (octet_length(secret_sha256) = 32),
    constraint api_keys_name_is_short check (char_length(name) between 1 and 120),
    constraint api_keys_role_is_known check (role in ('owner', 'admin', 'builder', 'viewer'))
);

comment on table platform.api_keys is 'Keys for programs. The secret is shown once, when the key is made, and is not kept.';
comment on column platform.api_keys.tenant_id is 'The organization the key acts for.';
comment on column platform.api_keys.id is 'The key, as the audit log names it.';
comment on column platform.api_keys.prefix is 'The public part, by which people and we recognise it.';
comment on column platform.api_keys.secret_sha256 is 'SHA-256 of the secret part, 256 random bits. The app role cannot read it but through authenticate_api_key.';
comment on column platform.api_keys.name is 'What its owner calls it.';
comment on column platform.api_keys.role is 'What it may do at most: chalicelib/tenancy/roles.py.';
comment on column platform.api_keys.scopes is 'Permissions it is narrowed to; empty means all of its role''s.';
comment on column platform.api_keys.created_by is 'Who made it, as in audit_log.actor.';
comment on column platform.api_keys.created_at is 'When it was made.';
comment on column platform.api_keys.expires_at is 'When it stops working by itself; null means never.';
comment on column platform.api_keys.revoked_at is 'When somebody stopped it; null while it works.';

alter table platform.api_keys enable row level security;
alter table platform.api_keys force row level security;

create policy api_keys_tenant on platform.api_keys to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select (tenant_id, id, prefix, name, role, scopes, created_by, created_at, expires_at, revoked_at)
    on platform.api_keys to fragua_app;
grant update (revoked_at) on platform.api_keys to fragua_app;

-- Nothing here bypasses row level security: the functions name what they look for, as everybody must. They put the
-- settings back before they return, so the caller's session keeps its tenant, or keeps having none; an error rolls the
-- settings back too. (A `set` clause on the function would do it, but asks for a superuser, which RDS does not give.)
create function platform.authenticate_api_key(presented_prefix text)
returns table (id uuid, organization_id uuid, secret_sha256 bytea, role text, scopes text[])
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_tenant text := coalesce(current_setting('app.current_tenant_id', true), '');
    leads_to uuid;
begin
    perform set_config('app.presented_prefix', presented_prefix, true);
    select route.organization_id into leads_to
    from platform.api_key_routes as route where route.prefix = presented_prefix;
    perform set_config('app.presented_prefix', '', true);
    if leads_to is null then
        return;
    end if;
    perform set_config('app.current_tenant_id', leads_to::text, true);
    return query
        select api_key.id, api_key.tenant_id, api_key.secret_sha256, api_key.role, api_key.scopes
        from platform.api_keys as api_key
        where api_key.tenant_id = leads_to
            and api_key.prefix = presented_prefix
            and api_key.revoked_at is null
            and (api_key.expires_at is null or api_key.expires_at > now());
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

comment on function platform.authenticate_api_key(text) is
    'The live key with this prefix, of whichever organization: a request names no tenant until its key is known.';

revoke all on function platform.authenticate_api_key(text) from public;
grant execute on function platform.authenticate_api_key(text) to fragua_app;

create function platform.issue_api_key(
    new_prefix text, new_secret_sha256 bytea, new_name text, new_role text, new_scopes text[], new_created_by text
)
returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := current_setting('app.current_tenant_id', true)::uuid;
    new_id uuid;
begin
    perform set_config('app.presented_prefix', new_prefix, true);
    insert into platform.api_key_routes (prefix, organization_id) values (new_prefix, tenant);
    insert into platform.api_keys (tenant_id, prefix, secret_sha256, name, role, scopes, created_by)
    values (tenant, new_prefix, new_secret_sha256, new_name, new_role, new_scopes, new_created_by)
    returning api_keys.id into new_id;
    perform set_config('app.presented_prefix', '', true);
    return new_id;
end
$$;

comment on function platform.issue_api_key(text, bytea, text, text, text[], text) is
    'Adds a key to the current tenant together with its route, which the app role cannot write.';

revoke all on function platform.issue_api_key(text, bytea, text, text, text[], text) from public;
grant execute on function platform.issue_api_key(text, bytea, text, text, text[], text) to fragua_app;
