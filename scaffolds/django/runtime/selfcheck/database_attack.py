"""Child: one workspace attacks the other with plain SQL, as the app's own role. Every transaction is rolled back.

Trusts no code of the app: it reads the tables from the catalog, and the rows through its own connection.
"""

from contextlib import contextmanager

from selfcheck.results import Pipe

pipe = Pipe()

import psycopg  # noqa: E402
from psycopg import sql  # noqa: E402

from selfcheck import catalog  # noqa: E402

ROWS = 4
POLICY_VIOLATED = "42501"
REFERENCE_VIOLATED = "23503"
MISSING_RIGHT = "42501"
ESCAPES = (
    "set role {owner}",
    "set session authorization {owner}",
    "set row_security = off; select count(*) from {table}",
    "alter table {table} disable row level security",
    "alter table {table} no force row level security",
    "drop policy tenant_isolation on {table}",
    "create policy everything on {table} using (true)",
    "truncate {table}",
    "create table stolen as select 1",
    "create view stolen as select * from {table}",
)


class Attack:
    def __init__(self, check, connection, ours, theirs):
        self.check = check
        self.connection = connection
        self.ours = ours
        self.theirs = theirs

    @contextmanager
    def as_us(self):
        """A transaction of our workspace that never happened."""
        with self.connection.transaction(force_rollback=True):
            catalog.enter(self.connection, self.ours)
            yield

    def outcome(self, statement, values=()):
        """(rows, error code) of a statement tried as our workspace, deferred constraints included."""
        try:
            with self.as_us():
                rows = self.connection.execute(statement, values).rowcount
                self.connection.execute("set constraints all immediate")
                return rows, None
        except psycopg.Error as error:
            return 0, error.sqlstate

    def ids(self, table, tenant):
        with self.connection.transaction(force_rollback=True):
            catalog.enter(self.connection, tenant)
            query = sql.SQL("select id from {} where tenant_id = %s order by id limit 50")
            found = self.connection.execute(query.format(sql.Identifier(table.name)), [str(tenant)])
            return [row["id"] for row in found.fetchall()]


class Table:
    def __init__(self, row, module, columns, references):
        self.name = row["name"]
        self.oid = row["oid"]
        self.module = module
        self.columns = [c["name"] for c in columns if not c["generated"] and c["name"] != "id"]
        self.references = references
        self.ours = []
        self.theirs = []

    @property
    def identifier(self):
        return sql.Identifier(self.name)


def attack_table(attack, table):
    for attempt in (see_nothing_without_workspace, read, change, remove, plant, give_away):
        attack.check.count("attacks")
        problem = attempt(attack, table)
        if problem:
            attack.check.find(
                f"database-{attempt.__name__.replace('_', '-')}",
                f"{table.name}: {problem}",
                module=table.module,
            )


def see_nothing_without_workspace(attack, table):
    try:
        with attack.connection.transaction(force_rollback=True):
            query = sql.SQL("select count(*) as n from {}").format(table.identifier)
            seen = attack.connection.execute(query).fetchone()["n"]
    except psycopg.Error:
        return None
    return f"{seen} rows are visible outside any workspace" if seen else None


def read(attack, table):
    query = sql.SQL("select 1 from {} where tenant_id <> %s or id = any(%s)").format(
        table.identifier
    )
    rows, _ = attack.outcome(query, [attack.ours, table.theirs])
    return f"{rows} rows of another workspace can be read" if rows > 0 else None


def change(attack, table):
    query = sql.SQL("update {} set tenant_id = tenant_id where id = any(%s)").format(
        table.identifier
    )
    rows, _ = attack.outcome(query, [table.theirs])
    return f"{rows} rows of another workspace can be changed" if rows > 0 else None


def remove(attack, table):
    query = sql.SQL("delete from {} where id = any(%s)").format(table.identifier)
    rows, code = attack.outcome(query, [table.theirs])
    return (
        f"{rows} rows of another workspace can be deleted"
        if rows > 0 or code == REFERENCE_VIOLATED
        else None
    )


def plant(attack, table):
    """A copy of our row, said to be theirs, must be refused by the policy itself."""
    columns = [name for name in table.columns if name != "tenant_id"]
    query = sql.SQL(
        "insert into {table} (tenant_id, {names}) select %s, {names} from {table} where id = any(%s) limit 1"
    )
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    rows, code = attack.outcome(
        query.format(table=table.identifier, names=names), [attack.theirs, table.ours]
    )
    return (
        None
        if code == POLICY_VIOLATED
        else f"a row can be planted in another workspace ({code or rows})"
    )


def give_away(attack, table):
    query = sql.SQL("update {} set tenant_id = %s where id = any(%s)").format(table.identifier)
    rows, code = attack.outcome(query, [attack.theirs, table.ours[:1]])
    return (
        None
        if code == POLICY_VIOLATED
        else f"a row can be moved to another workspace ({code or rows})"
    )


def point_across(attack, table, column, target):
    """Our row may not refer to their row; tried with several, because another rule may refuse one of them first."""
    query = sql.SQL("update {} set {} = %s where id = %s").format(
        table.identifier, sql.Identifier(column)
    )
    for ours in table.ours[:ROWS]:
        for theirs in target.theirs[:ROWS]:
            attack.check.count("attacks")
            rows, code = attack.outcome(query, [theirs, ours])
            if code == REFERENCE_VIOLATED:
                return
            if rows:
                message = f"{table.name}.{column} can refer to another workspace's row"
                attack.check.find("database-reference", message, module=table.module)
                return
    attack.check.count("inconclusive")


def escape(attack, table, owner):
    for text in ESCAPES:
        attack.check.count("attacks")
        statement = sql.SQL(text).format(table=table.identifier, owner=sql.Identifier(owner))
        try:
            with attack.as_us():
                for part in statement.as_string(attack.connection).split("; "):
                    attack.connection.execute(part)
        except psycopg.Error:
            continue
        attack.check.find("database-escape", f"the app's role may: {text}")


def load(connection, given):
    modules = {model["table"]: model["module"] for model in given["models"]}
    rows = [row for row in catalog.tables(connection) if row["has_tenant"] and row["kind"] in "rp"]
    found = {}
    for row in rows:
        columns = catalog.columns(connection, row["oid"])
        references = catalog.references(connection, row["oid"])
        found[row["name"]] = Table(row, modules.get(row["name"]), columns, references)
    return found


def pointers(table, tables, models):
    """(column, table it refers to), from the catalog and, for references without a constraint, from the models."""
    by_oid = {other.oid: other for other in tables.values()}
    by_label = {model["label"]: tables.get(model["table"]) for model in models}
    found = {}
    for reference in table.references:
        for column in set(reference["columns"]) - {"tenant_id"}:
            if reference["target"] in by_oid:
                found[column] = by_oid[reference["target"]]
    for model in models:
        if model["table"] == table.name:
            for field in model["fields"]:
                if by_label.get(field["to"]):
                    found[field["column"]] = by_label[field["to"]]
    return found


def attack_all(check, given):
    ours, theirs = (one["id"] for one in given["workspaces"])
    with catalog.connect(given["app"]) as connection, catalog.connect(given["owner"]) as owner:
        attack, tables = Attack(check, connection, ours, theirs), load(owner, given)
        for table in tables.values():
            table.ours, table.theirs = attack.ids(table, ours), attack.ids(table, theirs)
        for table in tables.values():
            if not (table.ours and table.theirs):
                if table.module:
                    check.find(
                        "no-rows", f"{table.name} has no rows to attack", module=table.module
                    )
                continue
            check.count("tables")
            attack_table(attack, table)
            for column, target in pointers(table, tables, given["models"]).items():
                point_across(attack, table, column, target)
        role = owner.execute("select current_user as name").fetchone()["name"]
        attacked = next((table for table in tables.values() if table.module), None)
        if attacked:
            escape(attack, attacked, role)


if __name__ == "__main__":
    with pipe.check("isolation.database_attack") as check:
        attack_all(check, pipe.given)
