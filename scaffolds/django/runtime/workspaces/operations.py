"""Migration operations that make a table a workspace's own.

TenantIsolation("appointment")                        policy, unique (tenant_id, id), audit trigger
TenantForeignKeyConstraint("appointment", "patient")  (tenant_id, patient_id) → (tenant_id, id), and its index
"""

from django.db.backends.utils import names_digest
from django.db.migrations.operations.base import Operation

ISOLATE = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy tenant_isolation on {table}
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid))
    with check (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid));
alter table {table} add constraint {unique} unique (tenant_id, id);
"""
AUDIT = """
create trigger audit_trail after insert or update or delete on {table}
    for each row execute function audit_record_change({label});
"""
RELEASE = """
drop trigger if exists audit_trail on {table};
alter table {table} drop constraint {unique};
drop policy tenant_isolation on {table};
alter table {table} no force row level security;
alter table {table} disable row level security;
"""
REFER = """
create index {index} on {table} (tenant_id, {column});
alter table {table} add constraint {constraint}
    foreign key (tenant_id, {column}) references {target} (tenant_id, id)
    deferrable initially deferred;
"""
UNREFER = """
alter table {table} drop constraint {constraint};
drop index {index};
"""


class TenantIsolation(Operation):
    """Only the active workspace's rows can be read or written, whoever asks, the table's owner included."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model, audit=True):
        self.model = model
        self.audit = audit

    def deconstruct(self):
        return type(self).__name__, [self.model], {} if self.audit else {"audit": False}

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            sql = ISOLATE + AUDIT if self.audit else ISOLATE
            schema_editor.execute(sql.format(**self.names(schema_editor, model)), params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.model)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.execute(RELEASE.format(**self.names(schema_editor, model)), params=None)

    def names(self, schema_editor, model):
        table = model._meta.db_table
        quote = schema_editor.quote_name
        return {
            "table": quote(table),
            "unique": quote(named(table, "tenant_id_id_key")),
            "label": schema_editor.quote_value(model._meta.label_lower),
        }

    def describe(self):
        return f"Isolate {self.model} by workspace"

    @property
    def migration_name_fragment(self):
        return f"isolate_{self.model.lower()}"


class TenantForeignKeyConstraint(Operation):
    """The reference and the row it names belong to the same workspace, or the database refuses."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model, field):
        self.model = model
        self.field = field

    def deconstruct(self):
        return type(self).__name__, [self.model, self.field], {}

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.run(REFER, to_state.apps.get_model(app_label, self.model), schema_editor)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.run(UNREFER, from_state.apps.get_model(app_label, self.model), schema_editor)

    def run(self, sql, model, schema_editor):
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            field = model._meta.get_field(self.field)
            schema_editor.execute(
                sql.format(**self.names(schema_editor, model, field)), params=None
            )

    def names(self, schema_editor, model, field):
        table, quote = model._meta.db_table, schema_editor.quote_name
        return {
            "table": quote(table),
            "column": quote(field.column),
            "target": quote(field.remote_field.model._meta.db_table),
            "constraint": quote(named(table, f"{field.column}_same_tenant")),
            "index": quote(named(table, f"tenant_{field.column}_idx")),
        }

    def describe(self):
        return f"Keep {self.model}.{self.field} inside the workspace"

    @property
    def migration_name_fragment(self):
        return f"{self.model.lower()}_{self.field}_same_tenant"


def named(table, suffix):
    """A name of at most 63 characters, the same on every machine."""
    name = f"{table}_{suffix}"
    return name if len(name) <= 63 else f"{name[:54]}_{names_digest(name, length=8)}"
