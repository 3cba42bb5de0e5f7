-- What an organization keeps to start apps from. The platform's own blueprints and overlays are files in scaffolds/,
-- versioned with the code that reads them; these tables hold what organizations add for themselves.

create table platform.blueprints (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    key text not null,
    name text not null,
    locale text not null,
    body jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint blueprints_pkey primary key (tenant_id, id),
    constraint blueprints_key_is_unique unique (tenant_id, key),
    constraint blueprints_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint blueprints_key_is_well_formed check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint blueprints_name_is_short check (char_length(name) between 1 and 120),
    constraint blueprints_locale_is_known check (locale in ('es', 'en')),
    constraint blueprints_body_is_an_object check (jsonb_typeof(body) = 'object')
);

comment on table platform.blueprints is 'An organization''s own starting points: a partial MVS for a kind of business.';
comment on column platform.blueprints.tenant_id is 'Whose blueprint it is.';
comment on column platform.blueprints.id is 'The blueprint.';
comment on column platform.blueprints.key is 'How an MVS names it.';
comment on column platform.blueprints.name is 'As people read it.';
comment on column platform.blueprints.locale is 'The language of its words.';
comment on column platform.blueprints.body is 'The partial MVS.';
comment on column platform.blueprints.created_at is 'When it was added.';
comment on column platform.blueprints.updated_at is 'When this row last changed.';

alter table platform.blueprints enable row level security;
alter table platform.blueprints force row level security;

create policy blueprints_tenant on platform.blueprints to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update, delete on platform.blueprints to fragua_app;

create table platform.industry_overlays (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    blueprint_id uuid,
    industry text not null,
    locale text not null,
    body jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint industry_overlays_pkey primary key (tenant_id, id),
    constraint industry_overlays_industry_is_unique unique nulls not distinct (tenant_id, blueprint_id, industry),
    constraint industry_overlays_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint industry_overlays_blueprint_fkey
        foreign key (tenant_id, blueprint_id) references platform.blueprints (tenant_id, id),
    constraint industry_overlays_industry_is_well_formed check (industry ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint industry_overlays_locale_is_known check (locale in ('es', 'en')),
    constraint industry_overlays_body_is_an_object check (jsonb_typeof(body) = 'object')
);

comment on table platform.industry_overlays is 'What an industry adds to or changes in a blueprint: words, fields, rules.';
comment on column platform.industry_overlays.tenant_id is 'Whose overlay it is.';
comment on column platform.industry_overlays.id is 'The overlay.';
comment on column platform.industry_overlays.blueprint_id is 'The one blueprint it is for; null means any.';
comment on column platform.industry_overlays.industry is 'The industry''s key.';
comment on column platform.industry_overlays.locale is 'The language of its words.';
comment on column platform.industry_overlays.body is 'What is laid over the blueprint.';
comment on column platform.industry_overlays.created_at is 'When it was added.';
comment on column platform.industry_overlays.updated_at is 'When this row last changed.';

alter table platform.industry_overlays enable row level security;
alter table platform.industry_overlays force row level security;

create policy industry_overlays_tenant on platform.industry_overlays to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update, delete on platform.industry_overlays to fragua_app;

create table platform.marketplace_templates (
    tenant_id uuid not null,
    id uuid not null default gen_random_uuid(),
    key text not null,
    name text not null,
    summary text not null default '',
    locale text not null,
    price_cents bigint not null default 0,
    body jsonb not null,
    status text not null default 'draft',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    published_at timestamptz,
    constraint marketplace_templates_pkey primary key (tenant_id, id),
    constraint marketplace_templates_key_is_unique unique (tenant_id, key),
    constraint marketplace_templates_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint marketplace_templates_key_is_well_formed check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    constraint marketplace_templates_name_is_short check (char_length(name) between 1 and 120),
    constraint marketplace_templates_summary_is_short check (char_length(summary) <= 2000),
    constraint marketplace_templates_locale_is_known check (locale in ('es', 'en')),
    constraint marketplace_templates_price_is_not_negative check (price_cents >= 0),
    constraint marketplace_templates_body_is_an_object check (jsonb_typeof(body) = 'object'),
    constraint marketplace_templates_status_is_known check (status in ('draft', 'published', 'withdrawn')),
    constraint marketplace_templates_published_has_a_date check (status = 'draft' or published_at is not null)
);

comment on table platform.marketplace_templates is
    'What an organization offers to others, as its publisher sees it. No other organization reads this table.';
comment on column platform.marketplace_templates.tenant_id is 'Who publishes it.';
comment on column platform.marketplace_templates.id is 'The template.';
comment on column platform.marketplace_templates.key is 'Its short name, unique for its publisher.';
comment on column platform.marketplace_templates.name is 'As people read it.';
comment on column platform.marketplace_templates.summary is 'What it is for, in a few sentences.';
comment on column platform.marketplace_templates.locale is 'The language of its words.';
comment on column platform.marketplace_templates.price_cents is 'What it costs, in euro cents; 0 is free.';
comment on column platform.marketplace_templates.body is 'The MVS it gives.';
comment on column platform.marketplace_templates.status is 'draft, published or withdrawn.';
comment on column platform.marketplace_templates.created_at is 'When it was begun.';
comment on column platform.marketplace_templates.updated_at is 'When this row last changed.';
comment on column platform.marketplace_templates.published_at is 'When it was first published; null for a draft.';

alter table platform.marketplace_templates enable row level security;
alter table platform.marketplace_templates force row level security;

create policy marketplace_templates_tenant on platform.marketplace_templates to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, insert, update, delete on platform.marketplace_templates to fragua_app;
