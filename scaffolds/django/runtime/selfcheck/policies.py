"""Child: does the database's own catalog say that workspaces are kept apart? Trusts no code of the app."""

from selfcheck.results import Pipe

pipe = Pipe()

from selfcheck import catalog  # noqa: E402

RUNTIME_TABLES = frozenset(
    {
        "accounts_signinfailure",
        "accounts_user",
        "api_apitoken",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "django_admin_log",
        "django_content_type",
        "django_migrations",
        "django_session",
        "workspaces_invitation",
        "workspaces_membership",
        "workspaces_workspace",
    }
)
"""Tables above the workspaces, known one by one; any other table belongs to a workspace."""
TABLE_RIGHTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})

POLICIES = """
select polname as name, polcmd::text as command, polpermissive as permissive, polroles = '{0}' as for_everybody,
       pg_get_expr(polqual, polrelid) as using_text, pg_get_expr(polwithcheck, polrelid) as check_text
from pg_policy where polrelid = %s
"""
INDEXES = """
select i.relname as name, x.indisunique as is_unique, x.indisprimary as is_primary, x.indisexclusion as is_exclusion,
       (select a.attname from pg_attribute a where a.attrelid = x.indrelid and a.attnum = x.indkey[0]) as first,
       array(select a.attname from unnest(x.indkey::int[]) n join pg_attribute a on a.attrelid = x.indrelid
             and a.attnum = n) as columns
from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = %s order by i.relname
"""
FUNCTIONS = """
select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
"""
RIGHTS = """
select table_name as table, privilege_type as right from information_schema.table_privileges
where grantee in (current_user, 'PUBLIC') and table_schema not in ('pg_catalog', 'information_schema')
"""
ROLE = """
select rolname as name, rolsuper as superuser, rolbypassrls as bypassrls, rolcreaterole as createrole,
       rolcreatedb as createdb, rolreplication as replication,
       has_schema_privilege('public', 'create') as may_create,
       (select count(*) from pg_class where relowner = r.oid) as owned,
       (select count(*) from pg_proc where proowner = r.oid) as functions,
       array(select g.rolname::text from pg_roles g where g.rolname <> current_user
             and pg_has_role(current_user, g.oid, 'member')) as memberships
from pg_roles r where rolname = current_user
"""


class Inspector:
    def __init__(self, check, owner, modules):
        self.check = check
        self.owner = owner
        self.modules = modules

    def find(self, table, rule, message):
        self.check.find(rule, f"{table}: {message}", module=self.modules.get(table))

    def table(self, table, tenant_tables):
        name = table["name"]
        if table["kind"] not in "rp":
            self.find(name, "not-a-table", "views and foreign tables go around the policies")
        elif not table["has_tenant"]:
            self.find(name, "no-tenant", "a table of the business without tenant_id")
        else:
            self.check.count("tables")
            self.security(table)
            self.references(table, tenant_tables)
            self.indexes(table)

    def security(self, table):
        if not (table["enabled"] and table["forced"]):
            self.find(table["name"], "rls-off", "row level security must be enabled and forced")
        policies = self.owner.execute(POLICIES, [table["oid"]]).fetchall()
        if len(policies) != 1:
            self.find(
                table["name"],
                "policy-count",
                f"{len(policies)} policies, there must be exactly one",
            )
        for policy in policies:
            self.check.count("policies")
            self.policy(table["name"], policy)

    def policy(self, table, policy):
        expected = {"command": "*", "permissive": True, "for_everybody": True}
        if any(policy[name] != value for name, value in expected.items()):
            self.find(table, "policy-scope", "the policy must cover all commands and all roles")
        for name in ("using_text", "check_text"):
            if policy[name] != catalog.EXACT:
                self.find(
                    table,
                    "policy-text",
                    f"{name.split('_')[0]} is {policy[name]!r}, not the proven form",
                )

    def references(self, table, tenant_tables):
        own = catalog.references(self.owner, table["oid"])
        for reference in own:
            inside = "tenant_id" in reference["columns"] and "tenant_id" in reference["targets"]
            if reference["target"] in tenant_tables and not inside:
                self.find(
                    table["name"],
                    "loose-reference",
                    f"{reference['name']} may point at another workspace's row",
                )
        guarded = {column for reference in own for column in reference["columns"]}
        for column in catalog.columns(self.owner, table["oid"]):
            loose = column["name"].endswith("_id") and column["name"] not in guarded
            if loose and column["type"] == "bigint" and table["name"] != "audit_entry":
                self.find(
                    table["name"],
                    "loose-reference",
                    f"{column['name']} refers without a constraint",
                )

    def indexes(self, table):
        for index in self.owner.execute(INDEXES, [table["oid"]]).fetchall():
            if index["is_primary"]:
                continue
            if index["is_unique"] and "tenant_id" not in index["columns"]:
                self.find(
                    table["name"], "unique-across", f"{index['name']} is unique across workspaces"
                )
            elif not index["is_exclusion"] and index["first"] != "tenant_id":
                self.find(
                    table["name"], "index-order", f"{index['name']} does not start with tenant_id"
                )


def functions(check, owner):
    for function in owner.execute(FUNCTIONS).fetchall():
        check.find("definer-function", f"{function['name']} runs with its owner's rights")


def role(check, app):
    facts = app.execute(ROLE).fetchone()
    for right in ("superuser", "bypassrls", "createrole", "createdb", "replication", "may_create"):
        if facts[right]:
            check.find("role", f"the app's role has {right}")
    for owned in ("owned", "functions"):
        if facts[owned]:
            check.find("role", f"the app's role owns {facts[owned]} objects")
    if facts["memberships"]:
        check.find("role", f"the app's role is a member of {', '.join(facts['memberships'])}")
    for grant in app.execute(RIGHTS).fetchall():
        if grant["right"] not in TABLE_RIGHTS:
            check.find("role", f"the app's role may {grant['right']} {grant['table']}")


def inspect(check, given):
    modules = {model["table"]: model["module"] for model in given.get("models", [])}
    with catalog.connect(given["owner"]) as owner, catalog.connect(given["app"]) as app:
        found = catalog.tables(owner)
        inspector = Inspector(check, owner, modules)
        tenant_tables = {table["oid"] for table in found if table["has_tenant"]}
        for table in found:
            if table["name"] not in RUNTIME_TABLES:
                inspector.table(table, tenant_tables)
        for model in given.get("models", []):
            if model["table"] not in {table["name"] for table in found}:
                check.find("no-table", f"{model['label']} has no table", module=model["module"])
        functions(check, owner)
        role(check, app)


if __name__ == "__main__":
    with pipe.check("isolation.policies") as check:
        inspect(check, pipe.given)
