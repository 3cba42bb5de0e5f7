"""What an attacker from outside knows: two workspaces, their people, their rows, the app's routes.

Rows are read through a database connection of its own, never through the app.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from psycopg import sql

from selfcheck import catalog
from selfcheck.web import Browser, numbers_in

ROWS = 2
OWNER = "owner"
FINGERPRINT = "select count(*) as n, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum from {} t"
ABOVE = {
    "workspaces_workspace": "id = {id}",
    "workspaces_membership": "workspace_id = {id}",
    "workspaces_invitation": "workspace_id = {id}",
}
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class WrongState:
    key: str
    id: int
    column: str
    state: str


class Workspace:
    def __init__(self, given):
        self.id = given["id"]
        self.marker = given["marker"]
        self.people = given["people"]
        self.tokens = given["tokens"]


class World:
    def __init__(self, given):
        self.given = given
        self.models = given["models"]
        self.routes = given["routes"]
        self.roles = given["roles"]
        self.permissions = given["permissions"]
        self.ours, self.theirs = (Workspace(one) for one in given["workspaces"])
        self.connection = catalog.connect(given["app"])
        self._browsers = {}

    def nobody(self):
        return Browser(self.given["address"], self.given["host"])

    def person(self, role=OWNER, workspace=None):
        """This role's signed-in browser; raises when the app does not let the person in."""
        workspace = workspace or self.ours
        key = (workspace.id, role)
        if key not in self._browsers:
            browser = self.nobody()
            if not browser.sign_in(workspace.people[role], self.given["password"]):
                raise RuntimeError(f"a person with the role {role!r} can't sign in")
            self._browsers[key] = browser
        return self._browsers[key]

    def program(self, role=OWNER, workspace=None):
        workspace = workspace or self.ours
        return Browser(self.given["address"], self.given["host"], token=workspace.tokens[role])

    def browsers(self):
        return list(self._browsers.values())

    def model(self, label):
        return next((model for model in self.models if model["label"] == label), None)

    def rows(self, model, workspace, limit=ROWS):
        return self.ids[workspace.id][model["table"]][:limit]

    @cached_property
    def ids(self):
        return {
            w.id: {m["table"]: self._ids(m["table"], w) for m in self.models}
            for w in (self.ours, self.theirs)
        }

    @cached_property
    def their_numbers(self):
        return {number for ids in self.ids[self.theirs.id].values() for number in ids}

    def _ids(self, table, workspace):
        query = sql.SQL("select id from {} where tenant_id = %s order by id limit 500")
        found = self.look(workspace, query.format(sql.Identifier(table)), [workspace.id])
        return [row["id"] for row in found]

    def look(self, workspace, query, values=()):
        with self.connection.transaction(force_rollback=True):
            catalog.enter(self.connection, workspace.id)
            return self.connection.execute(query, values).fetchall()

    def targets(self, field):
        """One of their rows that this field, if it is a reference, must not be able to name."""
        target = self.model(field["to"])
        return self.rows(target, self.theirs, 1) if target else []

    def wrong_states(self, model):
        """For each transition, one of our rows that is in a state where it does not start."""
        workflow = model["workflow"] or {"transitions": []}
        for one in workflow["transitions"]:
            column = next(f["column"] for f in model["fields"] if f["name"] == workflow["field"])
            for id in self.rows(model, self.ours, 20):
                state = self.value(model, id, column)
                if state is not None and state not in one["sources"]:
                    yield WrongState(one["key"], id, column, state)
                    break

    def value(self, model, id, column):
        query = sql.SQL("select {}::text as value from {} where id = %s")
        query = query.format(sql.Identifier(column), sql.Identifier(model["table"]))
        found = self.look(self.ours, query, [id])
        return found[0]["value"] if found else None

    def fingerprint(self, workspace):
        """Table → what is in it; two equal fingerprints mean that nothing changed between them."""
        tables = {model["table"]: "tenant_id = {id}" for model in self.models} | ABOVE
        found = {}
        for table, where in tables.items():
            clause = sql.SQL(where).format(id=sql.Literal(workspace.id))
            query = sql.SQL(FINGERPRINT + " where ").format(sql.Identifier(table)) + clause
            found[table] = tuple(self.look(workspace, query)[0].values())
        return found

    def module_of_table(self, table):
        return next((model["module"] for model in self.models if model["table"] == table), None)

    def leaks(self, text, asked=frozenset()):
        """What of the other workspace a page shows, except the keys that were asked for."""
        if self.theirs.marker in text:
            return f"their text: {around(text, self.theirs.marker)}"
        shown = numbers_in(text) & self.their_numbers - set(asked)
        return f"their row: {around(text, str(min(shown)))}" if shown else None

    def may(self, role, action, model):
        if role == OWNER:
            return True
        rules = self.permissions.get(model["label"]) or self.permissions.get(model["module"], {})
        return action in rules.get(role, ())


def around(text, found):
    """A few characters on both sides, so that a person sees where on the page it was."""
    position = text.find(found)
    return repr(text[max(0, position - 40) : position + len(found) + 20])


def module_of(route, model=None):
    if model:
        return model["module"]
    parts = route["view"].split(".")
    return parts[1] if parts[0] == "business" and len(parts) > 3 else None


def address(route, values):
    """The route with its parameters filled in; None when one is not known."""
    missing = [name for _, name in PARAMETER.findall(route["route"]) if name not in values]
    if missing:
        return None
    return "/" + PARAMETER.sub(lambda found: str(values[found["name"]]), route["route"])
