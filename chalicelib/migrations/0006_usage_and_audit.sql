-- What happened: what is metered, and who did what. Both only grow.

create table platform.usage_metrics (
    tenant_id uuid not null,
    id bigint not null generated always as identity,
    generation_id uuid not null,
    source text not null,
    metric text not null,
    quantity bigint not null,
    recorded_at timestamptz not null default now(),
    constraint usage_metrics_pkey primary key (tenant_id, id),
    constraint usage_metrics_are_counted_once unique (tenant_id, generation_id, source, metric),
    constraint usage_metrics_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint usage_metrics_generation_fkey
        foreign key (tenant_id, generation_id) references platform.generations (tenant_id, id),
    constraint usage_metrics_source_is_short check (char_length(source) between 1 and 200),
    constraint usage_metrics_metric_is_known check (
        metric in ('input_tokens', 'cached_input_tokens', 'output_tokens', 'cost_microdollars', 'compute_ms')
    ),
    constraint usage_metrics_quantity_is_not_negative check (quantity >= 0)
);

comment on table platform.usage_metrics is 'What runs consumed, one row for each thing counted at each source; added to, never changed.';
comment on column platform.usage_metrics.tenant_id is 'Who consumed it.';
comment on column platform.usage_metrics.id is 'Order of arrival.';
comment on column platform.usage_metrics.generation_id is 'The run that consumed it.';
comment on column platform.usage_metrics.source is 'The stage, round and module: the same source is counted once however often it reports.';
comment on column platform.usage_metrics.metric is 'What is counted; the name ends in its unit.';
comment on column platform.usage_metrics.quantity is 'How many.';
comment on column platform.usage_metrics.recorded_at is 'When it was counted.';

create index usage_metrics_by_time on platform.usage_metrics (tenant_id, recorded_at);

alter table platform.usage_metrics enable row level security;
alter table platform.usage_metrics force row level security;

create policy usage_metrics_tenant on platform.usage_metrics to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.usage_metrics to fragua_app;
grant insert (tenant_id, generation_id, source, metric, quantity) on platform.usage_metrics to fragua_app;

create table platform.audit_log (
    tenant_id uuid not null,
    id bigint not null generated always as identity,
    actor text not null,
    action text not null,
    subject_id uuid not null,
    facts jsonb not null default '{}',
    recorded_at timestamptz not null default now(),
    constraint audit_log_pkey primary key (tenant_id, id),
    constraint audit_log_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint audit_log_actor_is_well_formed check (actor ~ '^(user|api_key|system):.{1,100}$'),
    constraint audit_log_action_is_well_formed check (action ~ '^[a-z_]{1,40}[.][a-z_]{1,40}$'),
    constraint audit_log_facts_is_an_object check (jsonb_typeof(facts) = 'object')
);

comment on table platform.audit_log is 'Who did what to what, written in the transaction that did it. Added to, never changed, not even by its owner.';
comment on column platform.audit_log.tenant_id is 'In which organization.';
comment on column platform.audit_log.id is 'Order of arrival.';
comment on column platform.audit_log.actor is 'Who: user:<id>, api_key:<id> or system:<what>.';
comment on column platform.audit_log.action is 'What: <kind of thing>.<what was done>.';
comment on column platform.audit_log.subject_id is 'To which thing of that kind.';
comment on column platform.audit_log.facts is 'What else is worth knowing; never secrets or documents.';
comment on column platform.audit_log.recorded_at is 'When.';

create index audit_log_by_subject on platform.audit_log (tenant_id, subject_id, id);

alter table platform.audit_log enable row level security;
alter table platform.audit_log force row level security;

create policy audit_log_tenant on platform.audit_log to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.audit_log to fragua_app;
grant insert (tenant_id, actor, action, subject_id, facts) on platform.audit_log to fragua_app;

create function platform.refuse_change()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% of % is refused: this table is only added to', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

comment on function platform.refuse_change() is 'Keeps a table append-only for every role, its owner included.';

revoke all on function platform.refuse_change() from public;

create trigger audit_log_is_append_only before update or delete or truncate on platform.audit_log
    for each statement execute function platform.refuse_change();

create trigger usage_metrics_is_append_only before update or delete or truncate on platform.usage_metrics
    for each statement execute function platform.refuse_change();
