-- The platform's own blueprints and overlays: rows of one organization that nobody belongs to, read by all.

-- No table is opened and no policy changed: two functions act for that organization, for reading and as long as they run.
create function platform.shared_blueprints()
returns table (key text, name text, locale text, body jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_tenant text := coalesce(current_setting('app.current_tenant_id', true), '');
    catalogue uuid := '03576cbe-1454-52c4-a1d9-227c117375e0';
begin
    perform set_config('app.current_tenant_id', catalogue::text, true);
    return query
        select blueprint.key, blueprint.name, blueprint.locale, blueprint.body
        from platform.blueprints as blueprint where blueprint.tenant_id = catalogue;
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

comment on function platform.shared_blueprints() is
    'The blueprints of the catalogue organization, for everybody to start from.';

revoke all on function platform.shared_blueprints() from public;
grant execute on function platform.shared_blueprints() to fragua_app;

create function platform.shared_overlays()
returns table (industry text, locale text, body jsonb, blueprint text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    callers_tenant text := coalesce(current_setting('app.current_tenant_id', true), '');
    catalogue uuid := '03576cbe-1454-52c4-a1d9-227c117375e0';
begin
    perform set_config('app.current_tenant_id', catalogue::text, true);
    return query
        select overlay.industry, overlay.locale, overlay.body, blueprint.key
        from platform.industry_overlays as overlay
        left join platform.blueprints as blueprint
            on blueprint.tenant_id = overlay.tenant_id and blueprint.id = overlay.blueprint_id
        where overlay.tenant_id = catalogue;
    perform set_config('app.current_tenant_id', callers_tenant, true);
end
$$;

comment on function platform.shared_overlays() is
    'The industry overlays of the catalogue organization, for everybody to lay over a blueprint.';

revoke all on function platform.shared_overlays() from public;
grant execute on function platform.shared_overlays() to fragua_app;

comment on column platform.blueprints.locale is 'The language of those of its words that are not given by language.';
comment on column platform.blueprints.body is 'Name, summary, words it is recognized by, and an MVS; texts as they are or by language.';
comment on column platform.industry_overlays.locale is 'The language of those of its words that are not given by language.';
