-- Letters to send, answers to repeat, and more in the audit log: what a request leaves in its own transaction.

create table platform.outbox (
    duty text not null default 'mail',
    id uuid not null default gen_random_uuid(),
    kind text not null,
    locale text not null,
    body jsonb not null,
    attempts bigint not null default 0,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    constraint outbox_pkey primary key (duty, id),
    constraint outbox_duty_is_known check (duty in ('mail')),
    constraint outbox_kind_is_well_formed check (kind ~ '^[a-z_]{1,40}$'),
    constraint outbox_locale_is_known check (locale in ('es', 'en')),
    constraint outbox_body_is_an_object check (jsonb_typeof(body) = 'object'),
    constraint outbox_attempts_are_not_negative check (attempts >= 0)
);

create index outbox_by_due on platform.outbox (duty, due_at);

comment on table platform.outbox is
    'Letters that were decided on and not yet handed to the mail service. A letter is posted in the transaction of what it tells of; a sent one is deleted.';
comment on column platform.outbox.duty is 'Who looks after it.';
comment on column platform.outbox.id is 'The letter: posting the same id twice posts it once.';
comment on column platform.outbox.kind is 'Which letter: chalicelib/mail/letters.py.';
comment on column platform.outbox.locale is 'The language it is asked for in.';
comment on column platform.outbox.body is 'What it needs to know; never a token: tokens are made when the letter leaves.';
comment on column platform.outbox.attempts is 'How often it was taken up.';
comment on column platform.outbox.created_at is 'When it was posted.';
comment on column platform.outbox.due_at is 'From when it may be taken up; taking it up moves this on, so that nobody else does.';

alter table platform.outbox enable row level security;
alter table platform.outbox force row level security;

create policy outbox_duty on platform.outbox to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create function platform.post_letter(new_id uuid, new_kind text, new_locale text, new_body jsonb)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_duty', 'mail', true);
    insert into platform.outbox (id, kind, locale, body) values (new_id, new_kind, new_locale, new_body)
    on conflict do nothing;
    perform set_config('app.current_duty', '', true);
end
$$;

comment on function platform.post_letter(uuid, text, text, jsonb) is
    'Puts a letter in the outbox; whoever posts can''t read what others posted.';

revoke all on function platform.post_letter(uuid, text, text, jsonb) from public;
grant execute on function platform.post_letter(uuid, text, text, jsonb) to fragua_app;

create function platform.take_letters(most bigint, lease_s bigint)
returns table (id uuid, kind text, locale text, body jsonb, attempts bigint, created_at timestamptz)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_duty', 'mail', true);
    return query
        update platform.outbox as letter
        set attempts = letter.attempts + 1,
            due_at = now() + make_interval(secs => lease_s * power(2, least(letter.attempts, 6)))
        where letter.duty = 'mail' and letter.id = any (array(
            select waiting.id from platform.outbox as waiting
            where waiting.duty = 'mail' and waiting.due_at <= now()
            order by waiting.due_at limit most for update skip locked
        ))
        returning letter.id, letter.kind, letter.locale, letter.body, letter.attempts, letter.created_at;
    perform set_config('app.current_duty', '', true);
end
$$;

comment on function platform.take_letters(bigint, bigint) is
    'Letters that are due, leased to the caller: another may take them up once the lease is over. Each attempt doubles it, up to 64 times.';

revoke all on function platform.take_letters(bigint, bigint) from public;
grant execute on function platform.take_letters(bigint, bigint) to fragua_app;

create function platform.letter_is_done(done_id uuid)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('app.current_duty', 'mail', true);
    delete from platform.outbox as letter where letter.duty = 'mail' and letter.id = done_id;
    perform set_config('app.current_duty', '', true);
end
$$;

comment on function platform.letter_is_done(uuid) is 'Takes a letter out of the outbox: sent, or given up.';

revoke all on function platform.letter_is_done(uuid) from public;
grant execute on function platform.letter_is_done(uuid) to fragua_app;

create table platform.idempotent_answers (
    tenant_id uuid not null,
    actor text not null,
    key_sha256 bytea not null,
    request_sha256 bytea not null,
    status bigint,
    answer_sealed bytea,
    created_at timestamptz not null default now(),
    constraint idempotent_answers_pkey primary key (tenant_id, actor, key_sha256),
    constraint idempotent_answers_tenant_fkey foreign key (tenant_id) references platform.organizations (tenant_id),
    constraint idempotent_answers_hashes_are_sha256
        check (octet_length(key_sha256) = 32 and octet_length(request_sha256) = 32)
);

create index idempotent_answers_by_age on platform.idempotent_answers (tenant_id, created_at);

comment on table platform.idempotent_answers is
    'Answers to requests that carried an Idempotency-Key, kept in the transaction of their effect, to be repeated for a day.';
comment on column platform.idempotent_answers.tenant_id is 'Whose request.';
comment on column platform.idempotent_answers.actor is 'Who sent it, as in audit_log.actor: others'' keys are theirs.';
comment on column platform.idempotent_answers.key_sha256 is 'SHA-256 of the Idempotency-Key.';
comment on column platform.idempotent_answers.request_sha256 is 'SHA-256 of method, path and body: the same key with another request is refused.';
comment on column platform.idempotent_answers.status is 'The answer''s status; null only inside the transaction that makes it.';
comment on column platform.idempotent_answers.answer_sealed is 'The answer, sealed with a key that is not in this database: it may hold a new API key.';
comment on column platform.idempotent_answers.created_at is 'When it was first sent.';

alter table platform.idempotent_answers enable row level security;
alter table platform.idempotent_answers force row level security;

create policy idempotent_answers_tenant on platform.idempotent_answers to fragua_app, fragua_owner
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));

grant select, delete on platform.idempotent_answers to fragua_app;
grant insert (tenant_id, actor, key_sha256, request_sha256) on platform.idempotent_answers to fragua_app;
grant update (status, answer_sealed) on platform.idempotent_answers to fragua_app;

create trigger idempotent_answers_expire after insert on platform.idempotent_answers
    for each row execute function platform.note_expiry('tenant_id', 'created_at', '1 day');

create function platform.forget_expired(most bigint)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    callers_tenant text := coalesce(current_setting('app.current_tenant_id', true), '');
    callers_user text := coalesce(current_setting('app.current_user_id', true), '');
    callers_token text := coalesce(current_setting('app.presented_token', true), '');
    due record;
    looked_at bigint := 0;
begin
    perform set_config('app.current_duty', 'forget', true);
    for due in
        delete from platform.expiring_rows as listed
        where listed.duty = 'forget' and listed.id = any (array(
            select expired.id from platform.expiring_rows as expired
            where expired.duty = 'forget' and expired.expires_at <= now()
            order by expired.expires_at limit most for update skip locked
        ))
        returning listed.kind, listed.whose
    loop
        looked_at := looked_at + 1;
        case due.kind
            when 'one_time_tokens' then
                perform set_config('app.presented_token', due.whose, true);
                delete from platform.one_time_tokens as token
                where token.token_sha256 = due.whose and token.expires_at <= now();
            when 'ended_sessions' then
                perform set_config('app.current_user_id', due.whose, true);
                delete from platform.ended_sessions as ended
                where ended.user_id = due.whose::uuid and ended.ended_at <= now() - interval '90 days';
            when 'idempotent_answers' then
                perform set_config('app.current_tenant_id', due.whose, true);
                delete from platform.idempotent_answers as answer
                where answer.tenant_id = due.whose::uuid and answer.created_at <= now() - interval '1 day';
        end case;
    end loop;
    perform set_config('app.current_duty', callers_duty, true);
    perform set_config('app.current_tenant_id', callers_tenant, true);
    perform set_config('app.current_user_id', callers_user, true);
    perform set_config('app.presented_token', callers_token, true);
    return looked_at;
end
$$;

comment on function platform.forget_expired(bigint) is
    'Deletes what has expired, of everybody, and says how many entries of the list it looked at; nothing of the rows leaves.';

revoke all on function platform.forget_expired(bigint) from public;
grant execute on function platform.forget_expired(bigint) to fragua_app;

alter table platform.audit_log add column source_ip inet;
alter table platform.audit_log add column user_agent text;
alter table platform.audit_log add column request_id text;

alter table platform.audit_log
    add constraint audit_log_user_agent_is_short check (char_length(user_agent) <= 300) not valid;
alter table platform.audit_log
    add constraint audit_log_request_id_is_short check (char_length(request_id) <= 100) not valid;

comment on column platform.audit_log.source_ip is 'From which address it was asked; null for the platform''s own doing.';
comment on column platform.audit_log.user_agent is 'With which program.';
comment on column platform.audit_log.request_id is 'In which request, as the logs name it.';

grant insert (source_ip, user_agent, request_id) on platform.audit_log to fragua_app;

alter table platform.api_keys add column last_used_at timestamptz;

comment on column platform.api_keys.last_used_at is 'When it was last accepted, to the minute; null if never.';

grant select (last_used_at) on platform.api_keys to fragua_app;

create or replace function platform.authenticate_api_key(presented_prefix text)
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
        join platform.organizations as organization on organization.tenant_id = api_key.tenant_id
        where api_key.tenant_id = leads_to
            and api_key.prefix = presented_prefix
            and api_key.revoked_at is null
            and (api_key.expires_at is null or api_key.expires_at > now())
            and organization.deleted_at is null;
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

create function platform.note_use_of_api_key(used_key uuid)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update platform.api_keys as api_key set last_used_at = now()
    where api_key.tenant_id = current_setting('app.current_tenant_id', true)::uuid and api_key.id = used_key
        and (api_key.last_used_at is null or api_key.last_used_at < now() - interval '1 minute');
end
$$;

comment on function platform.note_use_of_api_key(uuid) is
    'Says that a key of the current tenant was just accepted, at most once a minute; called after its secret was compared.';

revoke all on function platform.note_use_of_api_key(uuid) from public;
grant execute on function platform.note_use_of_api_key(uuid) to fragua_app;

-- The new one takes what the old one took: its last argument may be left out.
-- squawk-ignore ban-drop-function
drop function platform.issue_api_key(text, bytea, text, text, text[], text);

create function platform.issue_api_key(
    new_prefix text, new_secret_sha256 bytea, new_name text, new_role text, new_scopes text[], new_created_by text,
    new_expires_at timestamptz default null
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
    insert into platform.api_keys (tenant_id, prefix, secret_sha256, name, role, scopes, created_by, expires_at)
    values (tenant, new_prefix, new_secret_sha256, new_name, new_role, new_scopes, new_created_by, new_expires_at)
    returning api_keys.id into new_id;
    perform set_config('app.presented_prefix', '', true);
    return new_id;
end
$$;

comment on function platform.issue_api_key(text, bytea, text, text, text[], text, timestamptz) is
    'Adds a key to the current tenant together with its route, which the app role cannot write.';

revoke all on function platform.issue_api_key(text, bytea, text, text, text[], text, timestamptz) from public;
grant execute on function platform.issue_api_key(text, bytea, text, text, text[], text, timestamptz) to fragua_app;
