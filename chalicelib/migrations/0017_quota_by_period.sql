-- Runs count in the period their organization pays for, say whether they went beyond its plan, and stay charged when
-- somebody stops them after models were paid for. A key tells how its organization stands with its payments.

alter table platform.generations
    add column quota_period_started_at timestamptz not null default now(),
    add column is_overage boolean not null default false,
    add column has_spent boolean not null default false;

-- The runs of before counted in calendar months. The owner obeys the policies of generations, so they rest for this one
-- statement.
alter table platform.generations no force row level security;

update platform.generations set quota_period_started_at = quota_month::timestamp at time zone 'UTC';

alter table platform.generations force row level security;

-- squawk-ignore ban-drop-default
alter table platform.generations alter column quota_period_started_at drop default;

comment on column platform.generations.quota_period_started_at is 'Beginning of the period it counts in: the one its organization pays for, or the calendar month (UTC).';
comment on column platform.generations.is_overage is 'Whether it goes beyond what the plan includes.';
comment on column platform.generations.has_spent is 'Whether models were paid for before somebody stopped it, or the run it goes on from: then it stays charged when it is cancelled.';
comment on column platform.generations.is_charged is 'Whether it counts against the quota; given back when it fails or is cancelled before it spent, handed over to the run that goes on from it.';

-- squawk-ignore ban-drop-column
alter table platform.generations drop column quota_month;

-- The table is held already, by the columns above.
-- squawk-ignore require-concurrent-index-creation
create index generations_charged_per_period on platform.generations (tenant_id, quota_period_started_at)
    where is_charged;

-- squawk-ignore ban-drop-constraint
alter table platform.generations drop constraint generations_failed_or_cancelled_is_free;
alter table platform.generations
    add constraint generations_open_or_succeeded_is_charged
        check (status in ('failed', 'cancelled') or is_charged) not valid,
    add constraint generations_failed_is_free check (status <> 'failed' or not is_charged) not valid,
    add constraint generations_cancelled_is_free_unless_it_spent
        check (status <> 'cancelled' or not is_charged or has_spent) not valid;

grant insert (quota_period_started_at, is_overage, has_spent) on platform.generations to fragua_app;
grant update (is_overage, has_spent) on platform.generations to fragua_app;

-- The new one gives one more column: who names columns notices nothing.
-- squawk-ignore ban-drop-function
drop function platform.authenticate_api_key(text);

create function platform.authenticate_api_key(presented_prefix text)
returns table (
    id uuid, organization_id uuid, secret_sha256 bytea, role text, scopes text[], billing_state text
)
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
        select api_key.id, api_key.tenant_id, api_key.secret_sha256, api_key.role, api_key.scopes,
            organization.billing_state
        from platform.api_keys as api_key
        join platform.organizations as organization on organization.tenant_id = api_key.tenant_id
        where api_key.tenant_id = leads_to
            and api_key.prefix = presented_prefix
            and api_key.revoked_at is null
            and (api_key.expires_at is null or api_key.expires_at > now())
            and organization.deleted_at is null;
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

comment on function platform.authenticate_api_key(text) is
    'The live key with this prefix, of whichever organization, and how that one stands: a request names no tenant until its key is known.';

revoke all on function platform.authenticate_api_key(text) from public;
grant execute on function platform.authenticate_api_key(text) to fragua_app;
