-- The schema and who may enter it. Roles are made by infra/migrate.py, because roles belong to the whole server.
-- Run as fragua_owner; so is every migration after this one.

create schema platform;

comment on schema platform is
    'Everything the platform keeps. Every table has row level security, forced, and one policy: see docs/database.md.';

revoke all on schema platform from public;

grant usage on schema platform to fragua_app;

-- A new function may be executed by everybody unless this says otherwise.
alter default privileges for role fragua_owner revoke execute on functions from public;
