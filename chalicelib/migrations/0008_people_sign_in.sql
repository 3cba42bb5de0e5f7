-- How people prove who they are. A row here belongs to a person, or to whoever presents the text it is found by.

-- Every user's address is proved: a user is made when somebody opens the link that was sent there.
grant select on platform.users to fragua_app;
grant insert (id, email, name, locale) on platform.users to fragua_app;
grant update (email, name, locale, updated_at) on platform.users to fragua_app;

create table platform.person_credentials (
    user_id uuid not null,
    password_hash text,
    password_changed_at timestamptz,
    second_factor_sealed bytea,
    second_factor_confirmed_at timestamptz,
    second_factor_last_step bigint not null default 0,
    tokens_valid_from_at timestamptz not null default '-infinity',
    constraint person_credentials_pkey primary key (user_id),
    constraint person_credentials_user_fkey foreign key (user_id) references platform.users (id) on delete cascade,
    constraint person_credentials_password_is_argon2id check (password_hash like '$argon2id$%'),
    constraint person_credentials_confirmed_has_a_secret
        check (second_factor_confirmed_at is null or second_factor_sealed is not null)
);

comment on table platform.person_credentials is 'What a person signs in with: password, second factor, and since when tokens count.';
comment on column platform.person_credentials.user_id is 'The person.';
comment on column platform.person_credentials.password_hash is 'argon2id; null for somebody who signs in elsewhere only.';
comment on column platform.person_credentials.password_changed_at is 'When the password was last set.';
comment on column platform.person_credentials.second_factor_sealed is 'The TOTP secret, sealed with a key that is not in this database.';
comment on column platform.person_credentials.second_factor_confirmed_at is 'When a first code proved it; null while it is being set up.';
comment on column platform.person_credentials.second_factor_last_step is 'The 30-second step of the last code taken: no code counts twice.';
comment on column platform.person_credentials.tokens_valid_from_at is 'Access tokens from before are refused: set by signing out everywhere and by a new password.';

alter table platform.person_credentials enable row level security;
alter table platform.person_credentials force row level security;

create policy person_credentials_person on platform.person_credentials to fragua_app, fragua_owner
    using (user_id = (select current_setting('app.current_user_id', true)::uuid))
    with check (user_id = (select current_setting('app.current_user_id', true)::uuid));

grant select, insert, update on platform.person_credentials to fragua_app;

create table platform.recovery_codes (
    user_id uuid not null,
    code_sha256 bytea not null,
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (user_id, code_sha256),
    constraint recovery_codes_user_fkey foreign key (user_id) references platform.users (id) on delete cascade,
    constraint recovery_codes_code_is_a_sha256 check (octet_length(code_sha256) = 32)
);

comment on table platform.recovery_codes is 'Codes that stand in for a lost second factor, each once.';
comment on column platform.recovery_codes.user_id is 'The person.';
comment on column platform.recovery_codes.code_sha256 is 'SHA-256 of 140 random bits; shown once, when made.';
comment on column platform.recovery_codes.used_at is 'When it was used; null while it is good.';

alter table platform.recovery_codes enable row level security;
alter table platform.recovery_codes force row level security;

create policy recovery_codes_person on platform.recovery_codes to fragua_app, fragua_owner
    using (user_id = (select current_setting('app.current_user_id', true)::uuid))
    with check (user_id = (select current_setting('app.current_user_id', true)::uuid));

grant select, insert, update, delete on platform.recovery_codes to fragua_app;

create table platform.ended_sessions (
    user_id uuid not null,
    session_id uuid not null,
    ended_at timestamptz not null default now(),
    constraint ended_sessions_pkey primary key (user_id, session_id),
    constraint ended_sessions_user_fkey foreign key (user_id) references platform.users (id) on delete cascade
);

comment on table platform.ended_sessions is 'Sessions that ended before their tokens did; kept for as long as a session can last, so that none comes back.';
comment on column platform.ended_sessions.user_id is 'The person.';
comment on column platform.ended_sessions.session_id is 'The session, as its tokens name it.';
comment on column platform.ended_sessions.ended_at is 'When it ended.';

alter table platform.ended_sessions enable row level security;
alter table platform.ended_sessions force row level security;

create policy ended_sessions_person on platform.ended_sessions to fragua_app, fragua_owner
    using (user_id = (select current_setting('app.current_user_id', true)::uuid))
    with check (user_id = (select current_setting('app.current_user_id', true)::uuid));

grant select, insert, delete on platform.ended_sessions to fragua_app;

create table platform.identity_routes (
    identity text not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    constraint identity_routes_pkey primary key (identity),
    constraint identity_routes_user_fkey foreign key (user_id) references platform.users (id) on delete cascade,
    constraint identity_routes_identity_is_well_formed check (identity ~ '^(email|google|github):[^[:space:]]{1,254}$')
);

comment on table platform.identity_routes is
    'To which person an identity leads: email:<address in lower case>, google:<subject>, github:<id>. A session sees the one row whose identity it presents.';
comment on column platform.identity_routes.identity is 'What was presented and proved.';
comment on column platform.identity_routes.user_id is 'Who that is.';
comment on column platform.identity_routes.created_at is 'When it was linked.';

alter table platform.identity_routes enable row level security;
alter table platform.identity_routes force row level security;

create policy identity_routes_presented on platform.identity_routes to fragua_app, fragua_owner
    using (identity = (select current_setting('app.presented_identity', true)))
    with check (identity = (select current_setting('app.presented_identity', true)));

grant select, delete on platform.identity_routes to fragua_app;
grant insert (identity, user_id) on platform.identity_routes to fragua_app;

create table platform.linked_identities (
    user_id uuid not null,
    provider text not null,
    subject text not null,
    email text not null,
    linked_at timestamptz not null default now(),
    constraint linked_identities_pkey primary key (user_id, provider),
    constraint linked_identities_user_fkey foreign key (user_id) references platform.users (id) on delete cascade,
    constraint linked_identities_provider_is_known check (provider in ('google', 'github')),
    constraint linked_identities_subject_is_short check (char_length(subject) between 1 and 200),
    constraint linked_identities_email_is_short check (char_length(email) <= 254)
);

comment on table platform.linked_identities is 'With which providers a person signs in, as the person sees it; identity_routes finds them.';
comment on column platform.linked_identities.user_id is 'The person.';
comment on column platform.linked_identities.provider is 'google or github.';
comment on column platform.linked_identities.subject is 'Who they are there; it never changes, an address may.';
comment on column platform.linked_identities.email is 'Their proved address there when it was linked.';
comment on column platform.linked_identities.linked_at is 'When.';

alter table platform.linked_identities enable row level security;
alter table platform.linked_identities force row level security;

create policy linked_identities_person on platform.linked_identities to fragua_app, fragua_owner
    using (user_id = (select current_setting('app.current_user_id', true)::uuid))
    with check (user_id = (select current_setting('app.current_user_id', true)::uuid));

grant select, insert, delete on platform.linked_identities to fragua_app;

create table platform.one_time_tokens (
    token_sha256 text not null,
    purpose text not null,
    body jsonb not null default '{}',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint one_time_tokens_pkey primary key (token_sha256),
    constraint one_time_tokens_token_is_a_sha256 check (token_sha256 ~ '^[0-9a-f]{64}$'),
    constraint one_time_tokens_purpose_is_known check (purpose in ('sign_up', 'password_reset', 'invitation', 'oauth')),
    constraint one_time_tokens_body_is_an_object check (jsonb_typeof(body) = 'object')
);

comment on table platform.one_time_tokens is
    'Links that were sent, and sign-ins under way. A session sees the one row whose token it presents; using it deletes it in the transaction of its effect.';
comment on column platform.one_time_tokens.token_sha256 is 'SHA-256 of 256 random bits, in hex; the token itself is in the link only.';
comment on column platform.one_time_tokens.purpose is 'What it is good for, and nothing else.';
comment on column platform.one_time_tokens.body is 'What its use needs to know.';
comment on column platform.one_time_tokens.created_at is 'When it was made.';
comment on column platform.one_time_tokens.expires_at is 'From when it is good for nothing.';

alter table platform.one_time_tokens enable row level security;
alter table platform.one_time_tokens force row level security;

create policy one_time_tokens_presented on platform.one_time_tokens to fragua_app, fragua_owner
    using (token_sha256 = (select current_setting('app.presented_token', true)))
    with check (token_sha256 = (select current_setting('app.presented_token', true)));

grant select, delete on platform.one_time_tokens to fragua_app;
grant insert (token_sha256, purpose, body, expires_at) on platform.one_time_tokens to fragua_app;

-- What must go away by itself. Nobody can look through the tables above, so what will expire is also put on a list.
create table platform.expiring_rows (
    duty text not null default 'forget',
    id bigint not null generated always as identity,
    kind text not null,
    whose text not null,
    expires_at timestamptz not null,
    constraint expiring_rows_pkey primary key (duty, id),
    constraint expiring_rows_duty_is_known check (duty in ('forget')),
    constraint expiring_rows_kind_is_known check (kind in ('one_time_tokens', 'ended_sessions', 'idempotent_answers'))
);

create index expiring_rows_by_expiry on platform.expiring_rows (duty, expires_at);

comment on table platform.expiring_rows is
    'Rows that will expire: where, whose, when. Kept by triggers; a session sees it by saying on which duty it is, and only fragua_owner''s functions may look.';
comment on column platform.expiring_rows.duty is 'Who looks after it.';
comment on column platform.expiring_rows.id is 'Order of arrival.';
comment on column platform.expiring_rows.kind is 'The table.';
comment on column platform.expiring_rows.whose is 'To whom the row belongs, as its policy asks: the hash of a token, a person, a tenant.';
comment on column platform.expiring_rows.expires_at is 'From when it may go.';

alter table platform.expiring_rows enable row level security;
alter table platform.expiring_rows force row level security;

create policy expiring_rows_duty on platform.expiring_rows to fragua_owner
    using (duty = (select current_setting('app.current_duty', true)))
    with check (duty = (select current_setting('app.current_duty', true)));

create function platform.note_expiry()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_duty text := coalesce(current_setting('app.current_duty', true), '');
    made jsonb := to_jsonb(new);
begin
    perform set_config('app.current_duty', 'forget', true);
    insert into platform.expiring_rows (kind, whose, expires_at)
    values (tg_table_name, made ->> tg_argv[0], (made ->> tg_argv[1])::timestamptz + tg_argv[2]::interval);
    perform set_config('app.current_duty', callers_duty, true);
    return null;
end
$$;

comment on function platform.note_expiry() is
    'Puts a new row on the list of what expires. Arguments: the column that says whose it is, the one it counts from, how long.';

revoke all on function platform.note_expiry() from public;

create trigger one_time_tokens_expire after insert on platform.one_time_tokens
    for each row execute function platform.note_expiry('token_sha256', 'expires_at', '0');

create trigger ended_sessions_expire after insert on platform.ended_sessions
    for each row execute function platform.note_expiry('user_id', 'ended_at', '90 days');
