-- A conversation goes on days later: what the last reply asked, and what a plain yes to it means, is kept with it.

alter table platform.discovery_turns
    add column ask jsonb
        constraint discovery_turns_ask_is_an_object check (jsonb_typeof(ask) = 'object');

comment on column platform.discovery_turns.ask is
    'What the reply asks: about what, what there is to choose from, what a yes would change; null when nothing.';

grant insert (ask), update (ask) on platform.discovery_turns to fragua_app;
