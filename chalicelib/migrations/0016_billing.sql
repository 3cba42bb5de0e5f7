-- What organizations pay for: the newest of what Stripe said of customers, subscriptions, invoices, payments and prices,
-- which events were heard, and how an organization stands because of it.

alter table platform.organizations
    add column billing_state text not null default 'current',
    add column billing_state_ends_at timestamptz,
    add column period_started_at timestamptz,
    add column period_ends_at timestamptz,
    add column overage_generations_max bigint not null default 0;

alter table platform.organizations
    add constraint organizations_billing_state_is_known
        check (billing_state in ('current', 'past_due', 'grace', 'read_only', 'lapsed')) not valid;
alter table platform.organizations
    add constraint organizations_period_is_whole check (
        (period_started_at is null) = (period_ends_at is null) and period_started_at < period_ends_at
    ) not valid;
alter table platform.organizations
    add constraint organizations_overage_is_not_negative check (overage_generations_max >= 0) not valid;

comment on column platform.organizations.billing_state is 'How it stands with its payments: chalicelib/billing/dunning.py.';
comment on column platform.organizations.billing_state_ends_at is 'When the next state begins unless it pays; null while nothing is due.';
comment on column platform.organizations.period_started_at is 'Beginning of the period it pays for, as Stripe says; null for the calendar month (UTC).';
comment on column platform.organizations.period_ends_at is 'End of that period.';
comment on column platform.organizations.overage_generations_max is 'How many generations beyond the plan its people allow in a period; 0 is none.';

-- The rest is for `organization_stands()` alone.
grant update (overage_generations_max) on platform.organizations to fragua_app;

create function platform.organization_stands(
    new_plan text, new_state text, new_state_ends_at timestamptz, new_period_started_at timestamptz,
    new_period_ends_at timestamptz
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update platform.organizations as organization
    set plan = new_plan, billing_state = new_state, billing_state_ends_at = new_state_ends_at,
        period_started_at = new_period_started_at, period_ends_at = new_period_ends_at, updated_at = now(),
        -- Whoever buys again allows it again.
        overage_generations_max = case new_plan when 'free' then 0 else organization.overage_generations_max end
    where organization.tenant_id = current_setting('app.current_tenant_id', true)::uuid;
end
$$;

comment on function platform.organization_stands(text, text, timestamptz, timestamptz, timestamptz) is
    'Says how the current tenant stands because of what it pays for; nothing else changes a plan.';

revoke all on function platform.organization_stands(text, text, timestamptz, timestamptz, timestamptz) from public;
grant execute on function platform.organization_stands(text, text, timestamptz, timestamptz, timestamptz)
    to fragua_app;

create table platform.billing_accounts (
    tenant_id uuid not null,
    customer_id text not null,
    is_live boolean not null,
    test_clock_id text,
    test_clock_at timestamptz,
    created_at timestamptz not null default now(),
    customer_deleted_at timestamptz,
    counts_from_at timestamptz,
    step_due_at timestamptz,
    reconciled_at timestamptz,
    apps_rest_at timestamptz,
    constraint billing_accounts_pkey primary key (tenant_id),
    constraint billing_accounts_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint billing_accounts_customer_is_one check (customer_id ~ '^cus_[A-Za-z0-9]{1,64}$'),
    constraint billing_accounts_clock_is_for_tests check (test_clock_id is null or not is_live)
);

comment on table platform.billing_accounts is 'Who an organization is at Stripe. Whatever changes its billing holds this row until it is done.';
comment on column platform.billing_accounts.tenant_id is 'The organization.';
comment on column platform.billing_accounts.customer_id is 'The customer at Stripe.';
comment on column platform.billing_accounts.is_live is 'Whether that is Stripe''s live mode; false in test mode.';
comment on column platform.billing_accounts.test_clock_id is 'The clock of Stripe''s test mode that the customer lives by; null by ours.';
comment on column platform.billing_accounts.test_clock_at is 'The latest we know that clock to have shown; null by ours.';
comment on column platform.billing_accounts.created_at is 'When the customer was made.';
comment on column platform.billing_accounts.customer_deleted_at is 'When somebody deleted the customer at Stripe.';
comment on column platform.billing_accounts.counts_from_at is 'What began before it was a former customer''s, and counts no more; null when there was none.';
comment on column platform.billing_accounts.step_due_at is 'When time alone changes something: the next step of dunning, work at Stripe that is to be done; null when nothing waits.';
comment on column platform.billing_accounts.reconciled_at is 'When it was last compared with Stripe.';
comment on column platform.billing_accounts.apps_rest_at is 'Since when its apps rest because nothing is paid: those that went live before; null while they are to run.';

alter table platform.billing_accounts enable row level security;
alter table platform.billing_accounts force row level security;

create policy billing_accounts_tenant on platform.billing_accounts to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.billing_accounts to fragua_app;
grant update (test_clock_id, test_clock_at, customer_deleted_at, step_due_at, reconciled_at, apps_rest_at)
    on platform.billing_accounts to fragua_app;

create table platform.stripe_customers (
    duty text not null default 'payments',
    customer_id text not null,
    organization_id uuid not null,
    constraint stripe_customers_pkey primary key (duty, customer_id),
    constraint stripe_customers_organization_fkey
        foreign key (organization_id) references platform.organizations (tenant_id),
    constraint stripe_customers_duty_is_known check (duty in ('payments'))
);

create index stripe_customers_by_organization on platform.stripe_customers (duty, organization_id);

comment on table platform.stripe_customers is
    'To which organization a customer of Stripe leads, of all tenants. Only fragua_owner''s functions may look.';
comment on column platform.stripe_customers.duty is 'Who looks after it.';
comment on column platform.stripe_customers.customer_id is 'The customer at Stripe: it belongs to one organization for ever.';
comment on column platform.stripe_customers.organization_id is 'Whose customer it is.';

alter table platform.stripe_customers enable row level security;
alter table platform.stripe_customers force row level security;

create policy stripe_customers_duty on platform.stripe_customers to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create table platform.stripe_events (
    duty text not null default 'payments',
    id text not null,
    kind text not null,
    organization_id uuid,
    happened_at timestamptz not null,
    received_at timestamptz not null default now(),
    constraint stripe_events_pkey primary key (duty, id),
    constraint stripe_events_duty_is_known check (duty in ('payments')),
    constraint stripe_events_id_is_short check (char_length(id) between 1 and 255),
    constraint stripe_events_kind_is_short check (char_length(kind) between 1 and 120)
);

create index stripe_events_by_age on platform.stripe_events (duty, received_at);

comment on table platform.stripe_events is
    'Events of Stripe that were heard, each once: the id is written in the transaction of what the event changed.';
comment on column platform.stripe_events.duty is 'Who looks after it.';
comment on column platform.stripe_events.id is 'The event, as Stripe names it.';
comment on column platform.stripe_events.kind is 'What it tells of, as Stripe calls it.';
comment on column platform.stripe_events.organization_id is 'Whose customer it was about; null when nobody''s.';
comment on column platform.stripe_events.happened_at is 'When it happened, as Stripe says.';
comment on column platform.stripe_events.received_at is 'When we heard of it.';

alter table platform.stripe_events enable row level security;
alter table platform.stripe_events force row level security;

create policy stripe_events_duty on platform.stripe_events to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create table platform.stripe_prices (
    duty text not null default 'payments',
    id text not null,
    product_id text not null,
    is_active boolean not null,
    currency text not null,
    unit_amount_decimal numeric,
    interval text,
    happened_at timestamptz not null,
    event_id text not null,
    constraint stripe_prices_pkey primary key (duty, id),
    constraint stripe_prices_duty_is_known check (duty in ('payments')),
    constraint stripe_prices_currency_is_one check (currency ~ '^[a-z]{3}$')
);

comment on table platform.stripe_prices is 'What Stripe says that things cost: the newest of what was heard of each price.';
comment on column platform.stripe_prices.duty is 'Who looks after it.';
comment on column platform.stripe_prices.id is 'The price, as Stripe names it.';
comment on column platform.stripe_prices.product_id is 'The product it is a price of.';
comment on column platform.stripe_prices.is_active is 'Whether it can still be bought.';
comment on column platform.stripe_prices.currency is 'ISO 4217, in lower case as Stripe writes it.';
comment on column platform.stripe_prices.unit_amount_decimal is 'What one costs in minor units of the currency; fractions for what is metered.';
comment on column platform.stripe_prices.interval is 'How often it is paid; null when once.';
comment on column platform.stripe_prices.happened_at is 'Of when this is.';
comment on column platform.stripe_prices.event_id is 'Which event said so.';

alter table platform.stripe_prices enable row level security;
alter table platform.stripe_prices force row level security;

create policy stripe_prices_duty on platform.stripe_prices to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create table platform.subscriptions (
    tenant_id uuid not null,
    id text not null,
    status text not null,
    price_id text not null,
    plan text,
    currency text not null,
    period_started_at timestamptz not null,
    period_ends_at timestamptz not null,
    is_ending boolean not null default false,
    ends_at timestamptz,
    ended_at timestamptz,
    trial_ends_at timestamptz,
    is_paused boolean not null default false,
    schedule_id text,
    began_at timestamptz not null,
    pending_plan text,
    pending_at timestamptz,
    happened_at timestamptz not null,
    rank bigint not null,
    event_id text not null,
    constraint subscriptions_pkey primary key (tenant_id, id),
    constraint subscriptions_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint subscriptions_id_is_one check (id ~ '^sub_[A-Za-z0-9_]{1,200}$'),
    constraint subscriptions_plan_is_known check (plan in ('starter', 'pro', 'scale')),
    constraint subscriptions_pending_plan_is_known check (pending_plan in ('free', 'starter', 'pro', 'scale')),
    constraint subscriptions_pending_is_whole check ((pending_plan is null) = (pending_at is null)),
    constraint subscriptions_currency_is_one check (currency ~ '^[a-z]{3}$')
);

comment on table platform.subscriptions is 'Subscriptions at Stripe: the newest of what was heard of each, whatever the order.';
comment on column platform.subscriptions.tenant_id is 'Who subscribed.';
comment on column platform.subscriptions.id is 'The subscription, as Stripe names it.';
comment on column platform.subscriptions.status is 'As Stripe says; a word it adds one day is kept as it is.';
comment on column platform.subscriptions.price_id is 'The price of the plan''s item.';
comment on column platform.subscriptions.plan is 'The plan of that price; null for a price that is none of ours.';
comment on column platform.subscriptions.currency is 'ISO 4217, in lower case as Stripe writes it.';
comment on column platform.subscriptions.period_started_at is 'Beginning of the period that is paid for.';
comment on column platform.subscriptions.period_ends_at is 'End of it.';
comment on column platform.subscriptions.is_ending is 'Whether it was cancelled and goes on until its end.';
comment on column platform.subscriptions.ends_at is 'When it will end; null when it goes on.';
comment on column platform.subscriptions.ended_at is 'When it ended.';
comment on column platform.subscriptions.trial_ends_at is 'When its trial ends or ended.';
comment on column platform.subscriptions.is_paused is 'Whether its payments are paused.';
comment on column platform.subscriptions.schedule_id is 'What changes it at the period''s end; null when nothing does.';
comment on column platform.subscriptions.began_at is 'When it began.';
comment on column platform.subscriptions.pending_plan is 'The plan from pending_at on; null when it stays.';
comment on column platform.subscriptions.pending_at is 'When it changes.';
comment on column platform.subscriptions.happened_at is 'Of when this is, as Stripe says.';
comment on column platform.subscriptions.rank is 'What comes later within the same second: chalicelib/billing/newest.py.';
comment on column platform.subscriptions.event_id is 'Which event said so, or that it was fetched.';

alter table platform.subscriptions enable row level security;
alter table platform.subscriptions force row level security;

create policy subscriptions_tenant on platform.subscriptions to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update on platform.subscriptions to fragua_app;

create table platform.invoices (
    tenant_id uuid not null,
    id text not null,
    subscription_id text,
    number text,
    status text not null,
    reason text,
    currency text not null,
    total bigint not null,
    amount_due bigint not null,
    amount_paid bigint not null,
    amount_remaining bigint not null,
    attempts bigint not null,
    next_attempt_at timestamptz,
    made_at timestamptz not null,
    finalized_at timestamptz,
    paid_at timestamptz,
    period_started_at timestamptz not null,
    period_ends_at timestamptz not null,
    action_attempts bigint,
    page_url text,
    pdf_url text,
    happened_at timestamptz not null,
    rank bigint not null,
    event_id text not null,
    constraint invoices_pkey primary key (tenant_id, id),
    constraint invoices_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint invoices_id_is_one check (id ~ '^in_[A-Za-z0-9_]{1,200}$'),
    constraint invoices_currency_is_one check (currency ~ '^[a-z]{3}$')
);

create index invoices_newest_first on platform.invoices (tenant_id, made_at desc, id desc);

comment on table platform.invoices is 'Invoices at Stripe: the newest of what was heard of each, whatever the order.';
comment on column platform.invoices.tenant_id is 'Who pays it.';
comment on column platform.invoices.id is 'The invoice, as Stripe names it.';
comment on column platform.invoices.subscription_id is 'For which subscription; null for none.';
comment on column platform.invoices.number is 'What is printed on it; null for a draft.';
comment on column platform.invoices.status is 'As Stripe says: draft, open, paid, uncollectible, void.';
comment on column platform.invoices.reason is 'Why it was made, as Stripe says.';
comment on column platform.invoices.currency is 'ISO 4217, in lower case as Stripe writes it.';
comment on column platform.invoices.total is 'In minor units of the currency, as the next three.';
comment on column platform.invoices.amount_due is 'What was to pay when it was finalized.';
comment on column platform.invoices.amount_paid is 'What was paid.';
comment on column platform.invoices.amount_remaining is 'What is still to pay.';
comment on column platform.invoices.attempts is 'How often a payment was tried.';
comment on column platform.invoices.next_attempt_at is 'When Stripe tries again; null when it will not.';
comment on column platform.invoices.made_at is 'When it was made.';
comment on column platform.invoices.finalized_at is 'When it became due; null for a draft.';
comment on column platform.invoices.paid_at is 'When it was paid.';
comment on column platform.invoices.period_started_at is 'Beginning of what it is for.';
comment on column platform.invoices.period_ends_at is 'End of it.';
comment on column platform.invoices.action_attempts is 'At the latest of which attempts the bank asked a person to confirm; null when it never did. Events tell of it, invoices do not.';
comment on column platform.invoices.page_url is 'Where a person sees and pays it.';
comment on column platform.invoices.pdf_url is 'Where it is as a PDF.';
comment on column platform.invoices.happened_at is 'Of when this is, as Stripe says.';
comment on column platform.invoices.rank is 'What comes later within the same second: chalicelib/billing/newest.py.';
comment on column platform.invoices.event_id is 'Which event said so, or that it was fetched.';

alter table platform.invoices enable row level security;
alter table platform.invoices force row level security;

create policy invoices_tenant on platform.invoices to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update on platform.invoices to fragua_app;

create table platform.payments (
    tenant_id uuid not null,
    id text not null,
    payment_intent_id text,
    currency text not null,
    amount bigint not null,
    amount_refunded bigint not null,
    dispute_id text,
    dispute_status text,
    dispute_happened_at timestamptz,
    dispute_rank bigint,
    dispute_event_id text,
    made_at timestamptz not null,
    happened_at timestamptz not null,
    rank bigint not null,
    event_id text not null,
    constraint payments_pkey primary key (tenant_id, id),
    constraint payments_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint payments_id_is_short check (char_length(id) between 1 and 255),
    constraint payments_currency_is_one check (currency ~ '^[a-z]{3}$'),
    constraint payments_dispute_is_whole
        check (num_nulls(dispute_id, dispute_status, dispute_happened_at, dispute_rank, dispute_event_id) in (0, 5))
);

comment on table platform.payments is 'Payments that were refunded or disputed: the newest of what was heard of each. No card data.';
comment on column platform.payments.tenant_id is 'Who paid.';
comment on column platform.payments.id is 'The charge, as Stripe names it.';
comment on column platform.payments.payment_intent_id is 'What it was a try of; leads to its invoice at Stripe.';
comment on column platform.payments.currency is 'ISO 4217, in lower case as Stripe writes it.';
comment on column platform.payments.amount is 'In minor units of the currency, as the next.';
comment on column platform.payments.amount_refunded is 'What was given back.';
comment on column platform.payments.dispute_id is 'The dispute a bank opened; null for none.';
comment on column platform.payments.dispute_status is 'How it stands, as Stripe says.';
comment on column platform.payments.dispute_happened_at is 'Of when the dispute is, as happened_at, rank and event_id are of the payment.';
comment on column platform.payments.dispute_rank is 'What comes later within the same second.';
comment on column platform.payments.dispute_event_id is 'Which event said so.';
comment on column platform.payments.made_at is 'When it was paid.';
comment on column platform.payments.happened_at is 'Of when this is, as Stripe says.';
comment on column platform.payments.rank is 'What comes later within the same second: chalicelib/billing/newest.py.';
comment on column platform.payments.event_id is 'Which event said so, or that it was fetched.';

alter table platform.payments enable row level security;
alter table platform.payments force row level security;

create policy payments_tenant on platform.payments to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update on platform.payments to fragua_app;

create table platform.checkouts (
    tenant_id uuid not null,
    id text not null,
    plan text not null,
    status text not null,
    page_url text,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    constraint checkouts_pkey primary key (tenant_id, id),
    constraint checkouts_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint checkouts_id_is_one check (id ~ '^cs_[A-Za-z0-9_]{1,200}$'),
    constraint checkouts_plan_is_known check (plan in ('starter', 'pro', 'scale')),
    constraint checkouts_status_is_known check (status in ('open', 'complete', 'expired')),
    constraint checkouts_ended_when_closed check ((status = 'open') = (ended_at is null))
);

create index checkouts_newest_first on platform.checkouts (tenant_id, created_at desc);

comment on table platform.checkouts is 'Pages of Stripe''s that somebody was sent to, to buy a plan.';
comment on column platform.checkouts.tenant_id is 'For whom.';
comment on column platform.checkouts.id is 'The checkout session, as Stripe names it.';
comment on column platform.checkouts.plan is 'What is bought there.';
comment on column platform.checkouts.status is 'open, complete or expired; what ended stays so.';
comment on column platform.checkouts.page_url is 'Where the page is; null once it is closed.';
comment on column platform.checkouts.created_by is 'Who asked for it, as in audit_log.actor.';
comment on column platform.checkouts.created_at is 'When it was made.';
comment on column platform.checkouts.expires_at is 'When Stripe closes it.';
comment on column platform.checkouts.ended_at is 'When it was completed or expired.';

alter table platform.checkouts enable row level security;
alter table platform.checkouts force row level security;

create policy checkouts_tenant on platform.checkouts to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select on platform.checkouts to fragua_app;
grant insert (tenant_id, id, plan, status, page_url, created_by, expires_at) on platform.checkouts to fragua_app;
grant update (status, page_url, ended_at) on platform.checkouts to fragua_app;

create function platform.open_billing_account(new_customer_id text, new_is_live boolean, new_test_clock_id text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    tenant uuid := current_setting('app.current_tenant_id', true)::uuid;
    is_new boolean;
begin
    perform set_config('app.current_duty', 'payments', true);
    insert into platform.stripe_customers (customer_id, organization_id) values (new_customer_id, tenant)
    on conflict on constraint stripe_customers_pkey do nothing;
    if not exists (
        select from platform.stripe_customers as known
        where known.duty = 'payments' and known.customer_id = new_customer_id and known.organization_id = tenant
    ) then
        raise exception 'this customer is another organization''s' using errcode = 'insufficient_privilege';
    end if;
    insert into platform.billing_accounts (tenant_id, customer_id, is_live, test_clock_id)
    values (tenant, new_customer_id, new_is_live, new_test_clock_id)
    on conflict on constraint billing_accounts_pkey do update
    set customer_id = excluded.customer_id, is_live = excluded.is_live, test_clock_id = excluded.test_clock_id,
        test_clock_at = null, customer_deleted_at = null,
        counts_from_at = platform.billing_accounts.customer_deleted_at
    where platform.billing_accounts.customer_deleted_at is not null;
    is_new := found;
    perform set_config('app.current_duty', callers_duty, true);
    return is_new;
end
$$;

comment on function platform.open_billing_account(text, boolean, text) is
    'Makes the current tenant known by its customer at Stripe, again only after that customer was deleted there. A customer belongs to one organization for ever.';

revoke all on function platform.open_billing_account(text, boolean, text) from public;
grant execute on function platform.open_billing_account(text, boolean, text) to fragua_app;

create function platform.hear_stripe_event(
    new_id text, new_kind text, new_happened_at timestamptz, of_customer_id text
)
returns table (is_new boolean, organization_id uuid)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    leads_to uuid;
    was_new boolean;
begin
    perform set_config('app.current_duty', 'payments', true);
    select known.organization_id into leads_to from platform.stripe_customers as known
    where known.duty = 'payments' and known.customer_id = of_customer_id;
    insert into platform.stripe_events (id, kind, organization_id, happened_at)
    values (new_id, new_kind, leads_to, new_happened_at)
    on conflict on constraint stripe_events_pkey do nothing;
    was_new := found;
    perform set_config('app.current_duty', callers_duty, true);
    return query select was_new, leads_to;
end
$$;

comment on function platform.hear_stripe_event(text, text, timestamptz, text) is
    'Writes down an event of Stripe, once, and says to which organization its customer leads: an event names no tenant.';

revoke all on function platform.hear_stripe_event(text, text, timestamptz, text) from public;
grant execute on function platform.hear_stripe_event(text, text, timestamptz, text) to fragua_app;

create function platform.forget_stripe_events(before timestamptz, most bigint)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    forgotten bigint;
begin
    perform set_config('app.current_duty', 'payments', true);
    delete from platform.stripe_events as heard
    where heard.duty = 'payments' and heard.id = any (array(
        select one.id from platform.stripe_events as one
        where one.duty = 'payments' and one.received_at < least(before, now() - interval '60 days')
        order by one.received_at limit most
    ));
    get diagnostics forgotten = row_count;
    perform set_config('app.current_duty', callers_duty, true);
    return forgotten;
end
$$;

comment on function platform.forget_stripe_events(timestamptz, bigint) is
    'Forgets events that are older than anything Stripe still sends: never younger than 60 days.';

revoke all on function platform.forget_stripe_events(timestamptz, bigint) from public;
grant execute on function platform.forget_stripe_events(timestamptz, bigint) to fragua_app;

create function platform.note_stripe_price(
    new_id text, new_product_id text, new_is_active boolean, new_currency text, new_unit_amount_decimal numeric,
    new_interval text, new_happened_at timestamptz, new_event_id text
)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'payments', true);
    insert into platform.stripe_prices as known (
        id, product_id, is_active, currency, unit_amount_decimal, interval, happened_at, event_id
    ) values (
        new_id, new_product_id, new_is_active, new_currency, new_unit_amount_decimal, new_interval, new_happened_at,
        new_event_id
    )
    on conflict on constraint stripe_prices_pkey do update
    set product_id = excluded.product_id, is_active = excluded.is_active, currency = excluded.currency,
        unit_amount_decimal = excluded.unit_amount_decimal, interval = excluded.interval,
        happened_at = excluded.happened_at, event_id = excluded.event_id
    where (known.happened_at, known.event_id) < (excluded.happened_at, excluded.event_id);
    perform set_config('app.current_duty', callers_duty, true);
end
$$;

comment on function platform.note_stripe_price(text, text, boolean, text, numeric, text, timestamptz, text) is
    'Keeps what Stripe says of a price, unless something newer is known.';

revoke all on function platform.note_stripe_price(text, text, boolean, text, numeric, text, timestamptz, text) from public;
grant execute on function platform.note_stripe_price(text, text, boolean, text, numeric, text, timestamptz, text)
    to fragua_app;

create function platform.known_stripe_prices()
returns table (
    id text, product_id text, is_active boolean, currency text, unit_amount_decimal numeric, price_interval text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'payments', true);
    return query
        select known.id, known.product_id, known.is_active, known.currency, known.unit_amount_decimal, known.interval
        from platform.stripe_prices as known where known.duty = 'payments';
    perform set_config('app.current_duty', callers_duty, true);
end
$$;

comment on function platform.known_stripe_prices() is 'What things cost, for whoever asks: prices are no secret.';

revoke all on function platform.known_stripe_prices() from public;
grant execute on function platform.known_stripe_prices() to fragua_app;

create function platform.billing_accounts_after(after_customer_id text, most bigint)
returns table (organization_id uuid, customer_id text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'payments', true);
    return query
        select known.organization_id, known.customer_id from platform.stripe_customers as known
        where known.duty = 'payments' and known.customer_id > after_customer_id
        order by known.customer_id limit most;
    perform set_config('app.current_duty', callers_duty, true);
end
$$;

comment on function platform.billing_accounts_after(text, bigint) is
    'Customers of all tenants, page by page: ids only, whoever compares them with Stripe acts for that tenant.';

revoke all on function platform.billing_accounts_after(text, bigint) from public;
grant execute on function platform.billing_accounts_after(text, bigint) to fragua_app;

-- What time alone brings: one more kind of work on the list of what is due.
-- squawk-ignore ban-drop-constraint
alter table platform.tenant_jobs drop constraint tenant_jobs_job_is_known;
alter table platform.tenant_jobs
    add constraint tenant_jobs_job_is_known check (job in ('export', 'purge', 'billing', 'meter')) not valid;

create function platform.note_billing_step()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
begin
    perform set_config('app.current_duty', 'tenancy', true);
    if new.step_due_at is null then
        delete from platform.tenant_jobs as noted
        where noted.organization_id = new.tenant_id and noted.job = 'billing';
    else
        insert into platform.tenant_jobs (organization_id, job, subject_id, due_at)
        values (new.tenant_id, 'billing', new.tenant_id, new.step_due_at)
        on conflict on constraint tenant_jobs_pkey do update set due_at = excluded.due_at;
    end if;
    perform set_config('app.current_duty', callers_duty, true);
    return null;
end
$$;

comment on function platform.note_billing_step() is 'Notes when an organization''s billing is next to be looked at.';

revoke all on function platform.note_billing_step() from public;

create trigger billing_accounts_step_is_noted after insert or update of step_due_at on platform.billing_accounts
    for each row execute function platform.note_billing_step();
