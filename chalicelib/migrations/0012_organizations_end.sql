-- What an organization asked for that takes a while: copies of all it has, and its end.

-- Deleted is only what was due. Every row so far is in order: the columns are as young as this.
alter table platform.organizations
    add constraint organizations_deleted_when_due
        check (deleted_at is null or (deletion_due_at is not null and deletion_due_at <= deleted_at)) not valid;

create table platform.tenant_jobs (
    duty text not null default 'tenancy',
    organization_id uuid not null,
    job text not null,
    subject_id uuid not null,
    due_at timestamptz not null,
    constraint tenant_jobs_pkey primary key (duty, organization_id, job, subject_id),
    constraint tenant_jobs_organization_fkey
        foreign key (organization_id) references platform.organizations (tenant_id),
    constraint tenant_jobs_duty_is_known check (duty in ('tenancy')),
    constraint tenant_jobs_job_is_known check (job in ('export', 'purge'))
);

create index tenant_jobs_by_due on platform.tenant_jobs (duty, due_at);

comment on table platform.tenant_jobs is
    'Exports to write and organizations to delete, of all tenants. Kept by triggers; a session sees it by saying on which duty it is, and only fragua_owner''s functions may look.';
comment on column platform.tenant_jobs.duty is 'Who looks after it.';
comment on column platform.tenant_jobs.organization_id is 'For whom.';
comment on column platform.tenant_jobs.job is 'What is to be done: chalicelib/jobs.py.';
comment on column platform.tenant_jobs.subject_id is 'The export, or the organization itself.';
comment on column platform.tenant_jobs.due_at is 'From when; taking it up moves this on, so that nobody else does.';

alter table platform.tenant_jobs enable row level security;
alter table platform.tenant_jobs force row level security;

create policy tenant_jobs_duty on platform.tenant_jobs to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create function platform.note_deletion()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'tenancy', true);
    if new.deletion_due_at is null then
        delete from platform.tenant_jobs as noted
        where noted.organization_id = new.tenant_id and noted.job = 'purge';
    else
        insert into platform.tenant_jobs (organization_id, job, subject_id, due_at)
        values (new.tenant_id, 'purge', new.tenant_id, new.deletion_due_at)
        on conflict on constraint tenant_jobs_pkey do update set due_at = excluded.due_at;
    end if;
    perform set_config('app.current_duty', callers_duty, true);
    return null;
end
$$;

comment on function platform.note_deletion() is
    'Notes when an organization is to be deleted, or that it is not any more.';

revoke all on function platform.note_deletion() from public;

create trigger organizations_deletion_is_noted after update of deletion_due_at on platform.organizations
    for each row when (old.deletion_due_at is distinct from new.deletion_due_at)
    execute function platform.note_deletion();

create function platform.note_export()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'tenancy', true);
    if new.ready_at is null and new.failed_at is null then
        insert into platform.tenant_jobs (organization_id, job, subject_id, due_at)
        values (new.tenant_id, 'export', new.id, now())
        on conflict on constraint tenant_jobs_pkey do nothing;
    else
        delete from platform.tenant_jobs as noted
        where noted.organization_id = new.tenant_id and noted.job = 'export' and noted.subject_id = new.id;
    end if;
    perform set_config('app.current_duty', callers_duty, true);
    return null;
end
$$;

comment on function platform.note_export() is 'Notes an export that is to be written, until it is, or was given up.';

revoke all on function platform.note_export() from public;

create trigger organization_exports_are_noted
    after insert or update of ready_at, failed_at on platform.organization_exports
    for each row execute function platform.note_export();

create function platform.take_tenant_jobs(most bigint, lease_s bigint)
returns table (organization_id uuid, job text, subject_id uuid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'tenancy', true);
    return query
        with waiting as materialized (
            select one.organization_id, one.job, one.subject_id from platform.tenant_jobs as one
            where one.duty = 'tenancy' and one.due_at <= now()
            order by one.due_at limit most for update skip locked
        )
        update platform.tenant_jobs as noted
        set due_at = now() + make_interval(secs => lease_s)
        from waiting
        where noted.duty = 'tenancy' and noted.organization_id = waiting.organization_id
            and noted.job = waiting.job and noted.subject_id = waiting.subject_id
        returning noted.organization_id, noted.job, noted.subject_id;
    perform set_config('app.current_duty', callers_duty, true);
end
$$;

comment on function platform.take_tenant_jobs(bigint, bigint) is
    'Exports and deletions of all tenants that are due, leased to the caller: ids only, whoever does them acts for that tenant.';

revoke all on function platform.take_tenant_jobs(bigint, bigint) from public;
grant execute on function platform.take_tenant_jobs(bigint, bigint) to fragua_app;

-- An organization that was deleted leaves ids behind and nothing else, so its lines in the tables that only grow are
-- emptied, too. Nobody but the function below gets past this, and it only for a deleted organization.
create or replace function platform.refuse_change()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op <> 'TRUNCATE' and current_user = 'fragua_owner'
        and current_setting('app.current_duty', true) = 'erase' then
        return null;
    end if;
    raise exception '% of % is refused: this table is only added to', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

comment on function platform.refuse_change() is
    'Keeps a table append-only for every role, its owner included, but for erase_organization().';

create function platform.erase_organization(most bigint)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := current_setting('app.current_tenant_id', true)::uuid;
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    callers_prefix text := coalesce(current_setting('app.presented_prefix', true), '');
    erased bigint;
    ended text;
begin
    if not exists (
        select from platform.organizations as organization
        where organization.tenant_id = tenant and organization.deleted_at is not null
    ) then
        raise exception 'only an organization that was deleted is erased'
            using errcode = 'insufficient_privilege';
    end if;

    -- What may be much, a part at a time: the caller comes again until nothing was left to erase.
    perform set_config('app.current_duty', 'erase', true);
    delete from platform.usage_metrics as used
    where used.tenant_id = tenant and used.id = any (array(
        select one.id from platform.usage_metrics as one where one.tenant_id = tenant limit most
    ));
    get diagnostics erased = row_count;
    if erased = 0 then
        update platform.audit_log as line
        set facts = '{}', source_ip = null, user_agent = null, request_id = null
        where line.tenant_id = tenant and line.id = any (array(
            select one.id from platform.audit_log as one
            where one.tenant_id = tenant
                and (one.facts <> '{}' or num_nonnulls(one.source_ip, one.user_agent, one.request_id) > 0)
            limit most
        ));
        get diagnostics erased = row_count;
    end if;
    if erased = 0 then
        perform set_config('app.current_duty', 'sweep', true);
        delete from platform.watched_generations as watched where watched.organization_id = tenant;
        update platform.apps as app
        set name = 'deleted', mvs = '{}', live_generation_id = null, updated_at = now(),
            mvs_sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
            deleted_at = coalesce(app.deleted_at, now())
        where app.tenant_id = tenant and (app.mvs <> '{}' or app.name <> 'deleted');
        delete from platform.generations as generation
        where generation.tenant_id = tenant and generation.id = any (array(
            select one.id from platform.generations as one where one.tenant_id = tenant limit most
        ));
        get diagnostics erased = row_count;
    end if;
    if erased > 0 then
        perform set_config('app.current_duty', callers_duty, true);
        return erased;
    end if;

    delete from platform.industry_overlays as overlay where overlay.tenant_id = tenant;
    delete from platform.blueprints as blueprint where blueprint.tenant_id = tenant;
    delete from platform.marketplace_templates as offered where offered.tenant_id = tenant;
    delete from platform.idempotent_answers as answer where answer.tenant_id = tenant;
    delete from platform.invitations as invitation where invitation.tenant_id = tenant;
    delete from platform.organization_exports as export where export.tenant_id = tenant;
    for ended in select api_key.prefix from platform.api_keys as api_key where api_key.tenant_id = tenant
    loop
        perform set_config('app.presented_prefix', ended, true);
        delete from platform.api_keys as api_key where api_key.tenant_id = tenant and api_key.prefix = ended;
        delete from platform.api_key_routes as route where route.prefix = ended;
    end loop;
    perform set_config('app.presented_prefix', callers_prefix, true);
    delete from platform.memberships as membership where membership.tenant_id = tenant;
    update platform.organizations as organization set name = 'deleted', updated_at = now()
    where organization.tenant_id = tenant;
    perform set_config('app.current_duty', 'tenancy', true);
    delete from platform.tenant_jobs as noted where noted.organization_id = tenant;
    perform set_config('app.current_duty', callers_duty, true);
    return 0;
end
$$;

comment on function platform.erase_organization(bigint) is
    'Erases what the current tenant left here after it was deleted, so many rows of a kind at a time; 0 once nothing is left but ids.';

revoke all on function platform.erase_organization(bigint) from public;
grant execute on function platform.erase_organization(bigint) to fragua_app;
