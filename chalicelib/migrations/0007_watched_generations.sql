-- Generations somebody must look after, of all tenants: no run stays open for ever because whoever drove it is gone.

create table platform.watched_generations (
    duty text not null default 'sweep',
    organization_id uuid not null,
    generation_id uuid not null,
    watched_at timestamptz not null default now(),
    constraint watched_generations_pkey primary key (duty, organization_id, generation_id),
    constraint watched_generations_generation_fkey
        foreign key (organization_id, generation_id) references platform.generations (tenant_id, id),
    constraint watched_generations_duty_is_known check (duty in ('sweep'))
);

comment on table platform.watched_generations is
    'Generations that are open, or cancelled and not yet tidied up. A session sees them by saying on which duty it is, and only fragua_owner''s functions may look.';
comment on column platform.watched_generations.duty is 'Who looks after it.';
comment on column platform.watched_generations.organization_id is 'Whose run it is.';
comment on column platform.watched_generations.generation_id is 'The run.';
comment on column platform.watched_generations.watched_at is 'Since when.';

-- The runs that are open today. The owner obeys the policies of generations, so they rest for this one statement.
alter table platform.generations no force row level security;

insert into platform.watched_generations (organization_id, generation_id, watched_at)
select tenant_id, id, created_at from platform.generations where status in ('queued', 'running');

alter table platform.generations force row level security;

alter table platform.watched_generations enable row level security;
alter table platform.watched_generations force row level security;

create policy watched_generations_duty on platform.watched_generations to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create function platform.watch_generation()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_duty', 'sweep', true);
    if new.status in ('queued', 'running') then
        insert into platform.watched_generations (organization_id, generation_id)
        values (new.tenant_id, new.id) on conflict do nothing;
    elsif new.status in ('succeeded', 'failed') then
        delete from platform.watched_generations as watched
        where watched.organization_id = new.tenant_id and watched.generation_id = new.id;
    end if;
    perform set_config('app.current_duty', '', true);
    return null;
end
$$;

comment on function platform.watch_generation() is
    'Keeps the list of watched generations; a cancelled one stays on it until it is tidied up.';

revoke all on function platform.watch_generation() from public;

create trigger generations_are_watched after insert or update of status on platform.generations
    for each row execute function platform.watch_generation();

create function platform.generations_to_sweep(quiet_s bigint, most bigint)
returns table (organization_id uuid, generation_id uuid, watched_at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_duty', 'sweep', true);
    return query
        select watched.organization_id, watched.generation_id, watched.watched_at
        from platform.watched_generations as watched
        where watched.watched_at <= now() - make_interval(secs => quiet_s)
        order by watched.watched_at
        limit most;
    perform set_config('app.current_duty', '', true);
end
$$;

comment on function platform.generations_to_sweep(bigint, bigint) is
    'Watched generations of all tenants, the oldest first: ids only, whoever looks closer acts for that tenant.';

revoke all on function platform.generations_to_sweep(bigint, bigint) from public;
grant execute on function platform.generations_to_sweep(bigint, bigint) to fragua_app;

create function platform.stop_watching(closed_generation uuid)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := current_setting('app.current_tenant_id', true)::uuid;
begin
    perform set_config('app.current_duty', 'sweep', true);
    delete from platform.watched_generations as watched
    using platform.generations as generation
    where watched.organization_id = tenant and watched.generation_id = closed_generation
        and generation.tenant_id = tenant and generation.id = closed_generation
        and generation.status not in ('queued', 'running');
    perform set_config('app.current_duty', '', true);
end
$$;

comment on function platform.stop_watching(uuid) is
    'Takes a closed generation of the current tenant off the list; an open one stays.';

revoke all on function platform.stop_watching(uuid) from public;
grant execute on function platform.stop_watching(uuid) to fragua_app;
