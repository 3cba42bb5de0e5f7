-- What goes beyond a plan: tokens counted per period, and each thing that is billed as a row that is told to Stripe under its id.

create table platform.usage_periods (
    tenant_id uuid not null,
    period_started_at timestamptz not null,
    counted_tokens bigint not null,
    constraint usage_periods_pkey primary key (tenant_id, period_started_at),
    constraint usage_periods_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint usage_periods_tokens_are_not_negative check (counted_tokens >= 0)
);

comment on table platform.usage_periods is 'How many tokens count in each period of an organization. Whoever books calls of models holds the row.';
comment on column platform.usage_periods.tenant_id is 'Who used them.';
comment on column platform.usage_periods.period_started_at is 'Which period: its beginning, by Stripe for who pays, else of the calendar month (UTC).';
comment on column platform.usage_periods.counted_tokens is 'Read at full price, put into the cache, and written, with the platform''s key; the sum over usage_metrics.';

alter table platform.usage_periods enable row level security;
alter table platform.usage_periods force row level security;

create policy usage_periods_tenant on platform.usage_periods to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.usage_periods to fragua_app;
grant insert (tenant_id, period_started_at, counted_tokens), update (counted_tokens) on platform.usage_periods to fragua_app;

create table platform.meter_events (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    meter text not null,
    quantity bigint not null,
    generation_id uuid,
    discovery_id uuid,
    period_started_at timestamptz not null,
    happened_at timestamptz not null default now(),
    dated_at timestamptz,
    first_tried_at timestamptz,
    last_tried_at timestamptz,
    sent_at timestamptz,
    refused_at timestamptz,
    refused_reason text,
    constraint meter_events_pkey primary key (tenant_id, id),
    constraint meter_events_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint meter_events_generation_fkey
        foreign key (tenant_id, generation_id) references platform.generations (tenant_id, id),
    constraint meter_events_discovery_fkey
        foreign key (tenant_id, discovery_id) references platform.discoveries (tenant_id, id),
    constraint meter_events_meter_is_known check (meter in ('generations', 'tokens')),
    constraint meter_events_quantity_is_positive check (quantity > 0),
    constraint meter_events_has_one_cause check (num_nonnulls(generation_id, discovery_id) = 1),
    constraint meter_events_generations_are_counted_one_by_one check (
        meter <> 'generations' or (quantity = 1 and generation_id is not null)
    ),
    constraint meter_events_tried_is_whole check (
        num_nonnulls(dated_at, first_tried_at, last_tried_at) in (0, 3) and first_tried_at <= last_tried_at
    ),
    constraint meter_events_sent_when_tried check (sent_at is null or first_tried_at is not null),
    constraint meter_events_refused_says_why check ((refused_at is null) = (refused_reason is null)),
    constraint meter_events_reason_is_short check (char_length(refused_reason) between 1 and 500),
    constraint meter_events_has_one_answer check (num_nonnulls(sent_at, refused_at) <= 1)
);

comment on table platform.meter_events is 'What is billed beyond the plan. Written with what caused it, told to Stripe afterwards, once, under its id.';
comment on column platform.meter_events.tenant_id is 'Who pays it.';
comment on column platform.meter_events.id is 'The identifier by which Stripe knows it: a second telling of the same changes nothing.';
comment on column platform.meter_events.meter is 'What is counted: generations or tokens.';
comment on column platform.meter_events.quantity is 'How many.';
comment on column platform.meter_events.generation_id is 'The run that caused it; null for a conversation.';
comment on column platform.meter_events.discovery_id is 'The conversation that caused it; null for a run.';
comment on column platform.meter_events.period_started_at is 'On the bill of which period it is; a later one when it could not be told in time for its own.';
comment on column platform.meter_events.happened_at is 'When it was written.';
comment on column platform.meter_events.dated_at is 'When it happened as Stripe is told: the same at each try; null before the first.';
comment on column platform.meter_events.first_tried_at is 'Since when Stripe may know of it; written before the first call. Stripe knows an identifier again for a day.';
comment on column platform.meter_events.last_tried_at is 'When it was last tried.';
comment on column platform.meter_events.sent_at is 'When it was sure that Stripe has it.';
comment on column platform.meter_events.refused_at is 'When it was sure that Stripe will not have it.';
comment on column platform.meter_events.refused_reason is 'Why not.';

create unique index meter_events_one_per_generation on platform.meter_events (tenant_id, generation_id)
    where meter = 'generations';
create index meter_events_waiting on platform.meter_events (tenant_id, meter, happened_at, id)
    where sent_at is null and refused_at is null;
create index meter_events_by_period on platform.meter_events (tenant_id, period_started_at);

alter table platform.meter_events enable row level security;
alter table platform.meter_events force row level security;

create policy meter_events_tenant on platform.meter_events to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.meter_events to fragua_app;
grant insert (tenant_id, id, meter, quantity, generation_id, discovery_id, period_started_at)
    on platform.meter_events to fragua_app;
grant update (
    period_started_at, dated_at, first_tried_at, last_tried_at, sent_at, refused_at, refused_reason
) on platform.meter_events to fragua_app;

-- Of each call: whether the organization paid the provider itself, in which period it counts, what of it is billed.
alter table platform.usage_metrics
    add column is_own_key boolean not null default false,
    add column period_started_at timestamptz,
    add column beyond_tokens bigint not null default 0,
    add column meter_event_id uuid;

alter table platform.usage_metrics
    add constraint usage_metrics_beyond_is_part_of_it check (
        beyond_tokens between 0 and input_tokens + cache_write_tokens + output_tokens
    ) not valid;
alter table platform.usage_metrics
    add constraint usage_metrics_beyond_is_billed check ((beyond_tokens > 0) = (meter_event_id is not null)) not valid;
-- A call is written before it is known whether it is new, so before the event that bills it.
alter table platform.usage_metrics
    add constraint usage_metrics_meter_event_fkey
        foreign key (tenant_id, meter_event_id) references platform.meter_events (tenant_id, id)
        deferrable initially deferred not valid;

comment on column platform.usage_metrics.is_own_key is 'Whether the organization''s own key was used: such a call is not counted.';
comment on column platform.usage_metrics.period_started_at is 'In which period its tokens count; null for calls from before anything was counted.';
comment on column platform.usage_metrics.beyond_tokens is 'How many of its tokens are billed beyond the plan.';
comment on column platform.usage_metrics.meter_event_id is 'With what they are billed; null when nothing is.';

grant insert (is_own_key, period_started_at, beyond_tokens, meter_event_id) on platform.usage_metrics to fragua_app;

-- What is to be told is on the list of what is due until all of it was answered.
create function platform.note_meter_event()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'tenancy', true);
    if tg_op = 'INSERT' then
        -- Changes nothing where it is noted already, but holds it: whoever takes it off the list then looks again.
        insert into platform.tenant_jobs as noted (organization_id, job, subject_id, due_at)
        values (new.tenant_id, 'meter', new.tenant_id, now())
        on conflict on constraint tenant_jobs_pkey do update set due_at = noted.due_at;
    else
        perform from platform.tenant_jobs as noted
        where noted.organization_id = new.tenant_id and noted.job = 'meter' for update;
        if not exists (
            select from platform.meter_events as waiting
            where waiting.tenant_id = new.tenant_id and waiting.sent_at is null and waiting.refused_at is null
        ) then
            delete from platform.tenant_jobs as noted
            where noted.organization_id = new.tenant_id and noted.job = 'meter';
        end if;
    end if;
    perform set_config('app.current_duty', callers_duty, true);
    return null;
end
$$;

comment on function platform.note_meter_event() is 'Notes that something is to be told to Stripe, until all of it was answered.';

revoke all on function platform.note_meter_event() from public;

create trigger meter_events_are_noted after insert or update of sent_at, refused_at on platform.meter_events
    for each row execute function platform.note_meter_event();

-- What was paid, used and billed goes with its organization. Stripe keeps its own books.
create or replace function platform.erase_organization(most bigint)
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
        delete from platform.meter_events as told
        where told.tenant_id = tenant and told.id = any (array(
            select one.id from platform.meter_events as one where one.tenant_id = tenant limit most
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
    if erased = 0 then
        delete from platform.discovery_turns as turn where turn.tenant_id = tenant;
        delete from platform.discovery_imports as given where given.tenant_id = tenant;
        delete from platform.discoveries as discovery where discovery.tenant_id = tenant;
    end if;
    if erased > 0 then
        perform set_config('app.current_duty', callers_duty, true);
        return erased;
    end if;

    -- The account first: whoever hears an event holds it before anything else, and who comes later finds none.
    delete from platform.billing_accounts as account where account.tenant_id = tenant;
    delete from platform.usage_periods as period where period.tenant_id = tenant;
    delete from platform.checkouts as checkout where checkout.tenant_id = tenant;
    delete from platform.payments as payment where payment.tenant_id = tenant;
    delete from platform.invoices as invoice where invoice.tenant_id = tenant;
    delete from platform.subscriptions as subscription where subscription.tenant_id = tenant;
    perform set_config('app.current_duty', 'payments', true);
    delete from platform.stripe_customers as known where known.organization_id = tenant;
    perform set_config('app.current_duty', callers_duty, true);
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
