import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from workspaces.operations import TenantIsolation

WRITE_DOWN = """
create function audit_record_change() returns trigger
language plpgsql
set search_path = pg_catalog, public
as $$
declare
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    now_is jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    named text := nullif(current_setting('app.current_action', true), '');
    row_now jsonb := coalesce(now_is, was);
begin
    if tg_op = 'UPDATE' then
        -- Only what changed, so that a long trail stays short.
        select jsonb_object_agg(key, value), jsonb_object_agg(key, now_is -> key)
            into was, now_is
            from jsonb_each(was)
            where value is distinct from now_is -> key and key <> 'updated_at';
        if was is null then
            return null;
        end if;
    end if;
    insert into audit_entry (tenant_id, at, user_id, action, model, object_id, before, after)
    values (
        (row_now ->> 'tenant_id')::uuid,
        clock_timestamp(),
        nullif(current_setting('app.current_user_id', true), '')::bigint,
        case tg_op when 'INSERT' then 'create' when 'DELETE' then 'delete' else coalesce(named, 'edit') end,
        tg_argv[0],
        (row_now ->> 'id')::bigint,
        was,
        now_is
    );
    return null;
end
$$;
comment on function audit_record_change() is 'Writes every change of a workspace table to the audit trail.';
"""
DROP_WRITE_DOWN = "drop function audit_record_change();"

APPEND_ONLY = """
create function audit_refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, public
as $$
begin
    raise exception 'The audit trail is append-only.' using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_refuse_change();
"""
DROP_APPEND_ONLY = """
drop trigger append_only on audit_entry;
drop function audit_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("workspaces", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("action", models.CharField(max_length=60, verbose_name="action")),
                ("model", models.CharField(max_length=100)),
                ("object_id", models.BigIntegerField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "audit trail",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["tenant", "-at"], name="audit_at"),
                    models.Index(fields=["tenant", "model", "object_id"], name="audit_object"),
                ],
            },
        ),
        TenantIsolation("entry", audit=False),
        migrations.RunSQL(WRITE_DOWN, DROP_WRITE_DOWN),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
    ]
