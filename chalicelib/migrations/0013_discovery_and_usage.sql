-- From words to an MVS: conversations that grow one, the files they are given; and what models were paid for.

create table platform.discoveries (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    title text not null,
    locale text not null,
    engine text not null,
    status text not null default 'open',
    blueprint_key text,
    industry text,
    mvs jsonb,
    mvs_version bigint not null default 0,
    app_id uuid,
    created_by text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint discoveries_pkey primary key (tenant_id, id),
    constraint discoveries_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint discoveries_app_fkey foreign key (tenant_id, app_id) references platform.apps (tenant_id, id),
    constraint discoveries_title_is_short check (char_length(title) between 1 and 120),
    constraint discoveries_locale_is_known check (locale in ('es', 'en')),
    constraint discoveries_engine_is_known check (engine in ('offline', 'claude')),
    constraint discoveries_status_is_known check (status in ('open', 'approved', 'abandoned')),
    constraint discoveries_blueprint_is_well_formed check (blueprint_key ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint discoveries_industry_is_well_formed check (industry ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint discoveries_mvs_is_an_object check (jsonb_typeof(mvs) = 'object'),
    constraint discoveries_version_is_not_negative check (mvs_version >= 0),
    constraint discoveries_ended_when_closed check ((status = 'open') = (ended_at is null)),
    constraint discoveries_approved_made_an_app check ((status = 'approved') = (app_id is not null))
);

comment on table platform.discoveries is 'Conversations that turn a brief, a blueprint or a spreadsheet into an MVS.';
comment on column platform.discoveries.tenant_id is 'Whose conversation it is.';
comment on column platform.discoveries.id is 'The conversation.';
comment on column platform.discoveries.title is 'What it is about, in a few words.';
comment on column platform.discoveries.locale is 'The language the person writes.';
comment on column platform.discoveries.engine is 'Who answers: offline (rules only) or claude.';
comment on column platform.discoveries.status is 'open, or how it ended.';
comment on column platform.discoveries.blueprint_key is 'The blueprint it began with; null without one.';
comment on column platform.discoveries.industry is 'The industry overlay laid over it; null without one.';
comment on column platform.discoveries.mvs is 'The MVS as it stands; null until something was proposed.';
comment on column platform.discoveries.mvs_version is 'How often it changed; whoever changes it says which one they saw.';
comment on column platform.discoveries.app_id is 'The app that an approval made.';
comment on column platform.discoveries.created_by is 'Who began it, as in audit_log.actor.';
comment on column platform.discoveries.created_at is 'When it began.';
comment on column platform.discoveries.updated_at is 'When this row last changed.';
comment on column platform.discoveries.ended_at is 'When it was approved or abandoned; null while it is open.';

create index discoveries_newest_first on platform.discoveries (tenant_id, created_at desc, id desc);
create index discoveries_app on platform.discoveries (tenant_id, app_id);

alter table platform.discoveries enable row level security;
alter table platform.discoveries force row level security;

create policy discoveries_tenant on platform.discoveries to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.discoveries to fragua_app;
grant insert (tenant_id, title, locale, engine, blueprint_key, industry, mvs, mvs_version, created_by)
    on platform.discoveries to fragua_app;
grant update (title, locale, status, blueprint_key, industry, mvs, mvs_version, app_id, updated_at, ended_at)
    on platform.discoveries to fragua_app;

create table platform.discovery_turns (
    tenant_id uuid not null,
    discovery_id uuid not null,
    number bigint not null,
    kind text not null,
    status text not null,
    attempt bigint not null default 1,
    said text not null default '',
    reply text not null default '',
    changes jsonb not null default '[]',
    diff jsonb not null default '[]',
    mvs_before jsonb,
    failure_error text,
    failure_reason text,
    reserved_microdollars bigint not null default 0,
    created_by text not null,
    created_at timestamptz not null default now(),
    begun_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint discovery_turns_pkey primary key (tenant_id, discovery_id, number),
    constraint discovery_turns_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint discovery_turns_discovery_fkey
        foreign key (tenant_id, discovery_id) references platform.discoveries (tenant_id, id),
    constraint discovery_turns_number_is_positive check (number > 0),
    constraint discovery_turns_kind_is_known check (kind in ('message', 'edit', 'import', 'undo')),
    constraint discovery_turns_status_is_known check (status in ('running', 'done', 'failed')),
    constraint discovery_turns_attempt_is_positive check (attempt > 0),
    constraint discovery_turns_said_is_short check (char_length(said) <= 20000),
    constraint discovery_turns_reply_is_short check (char_length(reply) <= 20000),
    constraint discovery_turns_changes_are_a_list check (jsonb_typeof(changes) = 'array'),
    constraint discovery_turns_diff_is_a_list check (jsonb_typeof(diff) = 'array'),
    constraint discovery_turns_mvs_is_an_object check (jsonb_typeof(mvs_before) = 'object'),
    constraint discovery_turns_ended_when_closed check ((status = 'running') = (ended_at is null)),
    constraint discovery_turns_failure_says_why check (
        (status = 'failed') = (failure_error is not null and failure_reason is not null)
    ),
    constraint discovery_turns_reserve_while_running check (
        reserved_microdollars >= 0 and (status = 'running' or reserved_microdollars = 0)
    )
);

comment on table platform.discovery_turns is 'What was said, answered and changed in a conversation, step by step.';
comment on column platform.discovery_turns.tenant_id is 'Whose conversation it is.';
comment on column platform.discovery_turns.discovery_id is 'The conversation.';
comment on column platform.discovery_turns.number is '1, 2, … per conversation.';
comment on column platform.discovery_turns.kind is 'What began it: a message, an edit by hand, a file, or taking a step back.';
comment on column platform.discovery_turns.status is 'running until there is an answer or a failure.';
comment on column platform.discovery_turns.attempt is 'How often it was tried; a failed one can be tried again.';
comment on column platform.discovery_turns.said is 'What the person wrote.';
comment on column platform.discovery_turns.reply is 'What was answered.';
comment on column platform.discovery_turns.changes is 'The changes to the MVS it asked for, as they were applied.';
comment on column platform.discovery_turns.diff is 'What differs in the MVS after it, place by place.';
comment on column platform.discovery_turns.mvs_before is 'The MVS before it, when it changed; null else.';
comment on column platform.discovery_turns.failure_error is 'The name of the error it failed with.';
comment on column platform.discovery_turns.failure_reason is 'Why it failed, in words for people.';
comment on column platform.discovery_turns.reserved_microdollars is 'The most it may still cost while it runs.';
comment on column platform.discovery_turns.created_by is 'Who said it, as in audit_log.actor.';
comment on column platform.discovery_turns.created_at is 'When it was said.';
comment on column platform.discovery_turns.begun_at is 'When its last attempt began.';
comment on column platform.discovery_turns.ended_at is 'When it was answered or failed; null while it runs.';

create unique index discovery_turns_one_at_a_time on platform.discovery_turns (tenant_id, discovery_id)
    where status = 'running';

alter table platform.discovery_turns enable row level security;
alter table platform.discovery_turns force row level security;

create policy discovery_turns_tenant on platform.discovery_turns to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.discovery_turns to fragua_app;
grant insert (
    tenant_id, discovery_id, number, kind, status, said, reply, changes, diff, mvs_before, reserved_microdollars,
    created_by, ended_at
) on platform.discovery_turns to fragua_app;
grant update (
    status, attempt, reply, changes, diff, mvs_before, failure_error, failure_reason, reserved_microdollars, begun_at,
    ended_at
) on platform.discovery_turns to fragua_app;

create table platform.discovery_imports (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    discovery_id uuid not null,
    filename text not null,
    status text not null default 'waiting',
    report jsonb,
    created_by text not null,
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint discovery_imports_pkey primary key (tenant_id, id),
    constraint discovery_imports_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint discovery_imports_discovery_fkey
        foreign key (tenant_id, discovery_id) references platform.discoveries (tenant_id, id),
    constraint discovery_imports_filename_is_short check (char_length(filename) between 1 and 200),
    constraint discovery_imports_status_is_known check (status in ('waiting', 'merged', 'refused')),
    constraint discovery_imports_report_is_an_object check (jsonb_typeof(report) = 'object'),
    constraint discovery_imports_ended_when_read check (
        (status = 'waiting') = (ended_at is null) and (status = 'waiting') = (report is null)
    )
);

comment on table platform.discovery_imports is 'Spreadsheets given to a conversation, and what was found in them.';
comment on column platform.discovery_imports.tenant_id is 'Whose file it is.';
comment on column platform.discovery_imports.id is 'The import; its file and rows are kept in the artifact store under it.';
comment on column platform.discovery_imports.discovery_id is 'The conversation it became part of.';
comment on column platform.discovery_imports.filename is 'As the person called it.';
comment on column platform.discovery_imports.status is 'waiting for the file, merged into the MVS, or refused.';
comment on column platform.discovery_imports.report is 'What was found: sheets, rows, and what was wrong with which.';
comment on column platform.discovery_imports.created_by is 'Who gave it, as in audit_log.actor.';
comment on column platform.discovery_imports.created_at is 'When it was announced.';
comment on column platform.discovery_imports.ended_at is 'When it was read; null while it waits.';

create index discovery_imports_of_a_discovery on platform.discovery_imports (tenant_id, discovery_id, created_at);

alter table platform.discovery_imports enable row level security;
alter table platform.discovery_imports force row level security;

create policy discovery_imports_tenant on platform.discovery_imports to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.discovery_imports to fragua_app;
grant insert (tenant_id, discovery_id, filename, created_by) on platform.discovery_imports to fragua_app;
grant update (status, report, ended_at) on platform.discovery_imports to fragua_app;

-- What a run may cost at most, decided when it starts; and the run whose finished stages it takes over.
alter table platform.generations
    add column budget_microdollars bigint not null default 0
        constraint generations_budget_is_not_negative check (budget_microdollars >= 0),
    add column resumes_generation_id uuid;

comment on column platform.generations.budget_microdollars is 'The most that models may cost it; 0 for a run without models.';
comment on column platform.generations.resumes_generation_id is 'The run it goes on from; null for one that began anew.';

grant insert (budget_microdollars, resumes_generation_id) on platform.generations to fragua_app;

-- Nothing was ever written to this table: from here on it has a row for each call of a model.
-- squawk-ignore ban-drop-table
drop table platform.usage_metrics;

create table platform.usage_metrics (
    tenant_id uuid not null,
    id bigint not null generated always as identity,
    generation_id uuid,
    discovery_id uuid,
    source text not null,
    role text not null,
    model text not null,
    prompt_sha256 text not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cache_read_tokens bigint not null,
    cache_write_tokens bigint not null,
    cost_microdollars bigint not null,
    duration_ms bigint not null,
    stop_reason text not null,
    called_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    constraint usage_metrics_pkey primary key (tenant_id, id),
    constraint usage_metrics_are_counted_once unique (tenant_id, source),
    constraint usage_metrics_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint usage_metrics_generation_fkey
        foreign key (tenant_id, generation_id) references platform.generations (tenant_id, id),
    constraint usage_metrics_discovery_fkey
        foreign key (tenant_id, discovery_id) references platform.discoveries (tenant_id, id),
    constraint usage_metrics_has_one_cause check (num_nonnulls(generation_id, discovery_id) = 1),
    constraint usage_metrics_source_is_short check (char_length(source) between 1 and 300),
    constraint usage_metrics_role_is_short check (char_length(role) between 1 and 40),
    constraint usage_metrics_model_is_short check (char_length(model) between 1 and 120),
    constraint usage_metrics_prompt_sha256_is_one check (prompt_sha256 ~ '^[0-9a-f]{64}$'),
    constraint usage_metrics_stop_reason_is_short check (char_length(stop_reason) <= 60),
    constraint usage_metrics_are_not_negative check (
        least(
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_microdollars, duration_ms
        ) >= 0
    )
);

comment on table platform.usage_metrics is 'What was consumed: one row for each call of a model; added to, never changed.';
comment on column platform.usage_metrics.tenant_id is 'Who consumed it.';
comment on column platform.usage_metrics.id is 'Order of arrival.';
comment on column platform.usage_metrics.generation_id is 'The run that called; null for a conversation.';
comment on column platform.usage_metrics.discovery_id is 'The conversation that called; null for a run.';
comment on column platform.usage_metrics.source is 'Which call of which run or conversation: counted once however often it is reported.';
comment on column platform.usage_metrics.role is 'Who called: orchestrator, prd, design, codegen, reviewer, discovery, helper.';
comment on column platform.usage_metrics.model is 'The model that answered.';
comment on column platform.usage_metrics.prompt_sha256 is 'Digest of the prompt''s templates: which version of our words was used.';
comment on column platform.usage_metrics.input_tokens is 'Read at the full price.';
comment on column platform.usage_metrics.output_tokens is 'Written.';
comment on column platform.usage_metrics.cache_read_tokens is 'Read from the cache.';
comment on column platform.usage_metrics.cache_write_tokens is 'Read and put into the cache.';
comment on column platform.usage_metrics.cost_microdollars is 'The price of it, in millionths of a dollar, rounded up.';
comment on column platform.usage_metrics.duration_ms is 'How long it took.';
comment on column platform.usage_metrics.stop_reason is 'Why the model stopped; error when there was no answer.';
comment on column platform.usage_metrics.called_at is 'When the call ended.';
comment on column platform.usage_metrics.recorded_at is 'When this row was written.';

create index usage_metrics_by_time on platform.usage_metrics (tenant_id, called_at);
create index usage_metrics_by_generation on platform.usage_metrics (tenant_id, generation_id);
create index usage_metrics_by_discovery on platform.usage_metrics (tenant_id, discovery_id);

alter table platform.usage_metrics enable row level security;
alter table platform.usage_metrics force row level security;

create policy usage_metrics_tenant on platform.usage_metrics to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.usage_metrics to fragua_app;
grant insert (
    tenant_id, generation_id, discovery_id, source, role, model, prompt_sha256, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, cost_microdollars, duration_ms, stop_reason, called_at
) on platform.usage_metrics to fragua_app;

create trigger usage_metrics_is_append_only before update or delete or truncate on platform.usage_metrics
    for each statement execute function platform.refuse_change();

-- Conversations go with their organization.
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
