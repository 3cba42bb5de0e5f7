"""One workspace attacks the other through every operation of the REST API, read from its OpenAPI description."""

import re

from selfcheck.web import numbers_in
from selfcheck.world import OWNER

DESCRIPTION = "/api/v1/openapi.json"
REFUSED = (401, 403, 404, 405)
ACTIONS = {"get": "view", "post": "create", "patch": "edit", "put": "edit", "delete": "delete"}
PARAMETER = re.compile(r"{(?:\w+:)?(\w+)}")


class Collection:
    """The operations under one address, and the model whose rows it holds."""

    def __init__(self, path, model):
        self.path = path
        self.model = model
        self.module = model["module"]
        self.operations = []


class ApiAttack:
    def __init__(self, world, check):
        self.world = world
        self.check = check
        self.us = world.program(OWNER)
        self.them = world.program(OWNER, world.theirs)

    def run(self):
        before = self.world.fingerprint(self.world.theirs)
        paths = (self.us.get(DESCRIPTION).json() or {}).get("paths", {})
        for collection in self.collections(paths):
            self.lists(collection)
            self.without_signing_in(collection)
            for method, path in collection.operations:
                self.on_their_row(collection, method, path)
            self.across(collection)
            self.as_other_roles(collection)
            self.in_wrong_states(collection)
        self.unchanged(before)

    def call(self, who, method, path, data=None):
        self.check.count("attacks")
        return who.call(method.upper(), path, data)

    def find(self, rule, message, collection):
        self.check.find(rule, message, module=collection.module)

    def collections(self, paths):
        """Each list, with the model found by asking it as the other workspace: their keys tell which table it is."""
        found = []
        for path in paths:
            if "get" not in paths[path] or PARAMETER.search(path):
                continue
            items = self.items(self.them, path)
            model = self.model_of(items)
            if model is None:
                continue
            collection = Collection(path, model)
            for other, methods in paths.items():
                if other == path or other.startswith(path.rstrip("/") + "/"):
                    collection.operations += [
                        (method, other) for method in methods if method in ACTIONS
                    ]
            self.check.count("operations", len(collection.operations))
            found.append(collection)
        return found

    def items(self, who, path):
        reply = self.call(who, "get", f"{path}?page_size=200")
        body = reply.json()
        items = body.get("items", []) if isinstance(body, dict) else body
        return items if isinstance(items, list) else []

    def model_of(self, items):
        ids = {item.get("id") for item in items if isinstance(item, dict)}
        theirs = self.world.ids[self.world.theirs.id]
        return next(
            (model for model in self.world.models if ids & set(theirs[model["table"]])), None
        )

    def lists(self, collection):
        reply = self.call(self.us, "get", f"{collection.path}?page_size=200")
        body = reply.json() or {}
        count = body.get("count") if isinstance(body, dict) else None
        own = len(self.world.rows(collection.model, self.world.ours, 500))
        if self.world.leaks(reply.text):
            self.find(
                "cross-tenant-list",
                f"GET {collection.path} shows another workspace's rows",
                collection,
            )
        elif count is not None and count > own:
            self.find(
                "cross-tenant-list",
                f"GET {collection.path} counts rows that are not ours",
                collection,
            )
        elif not set(self.world.rows(collection.model, self.world.ours, 500)) & numbers_in(
            reply.text
        ):
            self.find("blind-list", f"GET {collection.path} does not show our own rows", collection)
        for query in self.queries(collection):
            reply = self.call(self.us, "get", f"{collection.path}?{query}")
            value = query.partition("=")[2]
            asked = {int(value)} if value.isdigit() else set()
            if self.world.leaks(reply.text, asked=asked):
                self.find(
                    "cross-tenant-list",
                    f"GET {collection.path}?{query} shows another's rows",
                    collection,
                )
            elif reply.status >= 500:
                self.find(
                    "api-500", f"GET {collection.path}?{query} answers {reply.status}", collection
                )

    def queries(self, collection):
        theirs = self.world.theirs
        found = [
            f"search={theirs.marker[:-2]}",
            f"tenant={theirs.id}",
            f"workspace={theirs.id}",
            "sort=-id",
            "page=999",
        ]
        for field in collection.model["fields"]:
            found += [f"{field['name']}={id}" for id in self.world.targets(field)]
        return found

    def filled(self, path, id, transition="none-such"):
        names = PARAMETER.findall(path)
        values = {name: transition if name in ("key", "transition") else id for name in names}
        return PARAMETER.sub(lambda found: str(values[found[1]]), path)

    def keys(self, collection, path):
        """One filling a transition, so that each of them is tried; one for other addresses."""
        if not {"key", "transition"} & set(PARAMETER.findall(path)):
            return ["none-such"]
        workflow = collection.model["workflow"] or {"transitions": []}
        return [one["key"] for one in workflow["transitions"]]

    def without_signing_in(self, collection):
        ours = self.world.rows(collection.model, self.world.ours, 1)
        for method, path in collection.operations:
            if PARAMETER.search(path) and not ours:
                continue
            reply = self.call(
                self.world.nobody(), method, self.filled(path, ours[0] if ours else 1), {}
            )
            if reply.status not in (401, 403):
                self.find(
                    "open-route",
                    f"{method.upper()} {path} answers {reply.status} without signing in",
                    collection,
                )

    def on_their_row(self, collection, method, path):
        if not PARAMETER.search(path):
            return
        for id in self.world.rows(collection.model, self.world.theirs):
            for key in self.keys(collection, path):
                reply = self.call(
                    self.us, method, self.filled(path, id, key), self.values(collection)
                )
                leak = self.world.leaks(reply.text, asked={id})
                if reply.status not in REFUSED or leak:
                    rule = "cross-tenant-read" if method == "get" else "cross-tenant-write"
                    message = f"{method.upper()} {path} answers {reply.status} for another workspace's row"
                    self.find(rule, message, collection)

    def values(self, collection):
        """One of our rows, as the API shows it, cut down to what may be written."""
        ours = self.world.rows(collection.model, self.world.ours, 1)
        if not ours:
            return {}
        body = self.us.get(f"{collection.path.rstrip('/')}/{ours[0]}").json()
        editable = {
            n for f in collection.model["fields"] if f["editable"] for n in (f["name"], f["column"])
        }
        return (
            {k: v for k, v in (body or {}).items() if k in editable and k != "id"}
            if isinstance(body, dict)
            else {}
        )

    def across(self, collection):
        """References to their rows, and fields nobody may write, sent for one of our rows."""
        ours = self.world.rows(collection.model, self.world.ours, 1)
        if not ours or not any(method == "patch" for method, _ in collection.operations):
            return
        path = f"{collection.path.rstrip('/')}/{ours[0]}"
        for field in collection.model["fields"]:
            for theirs in self.world.targets(field):
                for name in {field["name"], field["column"]}:
                    reply = self.call(self.us, "patch", path, {name: theirs})
                    self.judge_reference(collection, field, reply, (ours[0], theirs))
        self.assign_everything(collection, path, ours[0])

    def judge_reference(self, collection, field, reply, ids):
        ours, theirs = ids
        if self.world.value(collection.model, ours, field["column"]) == str(theirs):
            message = f"PATCH took {field['name']} from another workspace"
            self.find("cross-tenant-reference", message, collection)
        elif reply.status >= 500:
            message = (
                f"PATCH passed on another workspace's {field['name']}; only the database refused it"
            )
            self.find("cross-tenant-reference", message, collection)

    def assign_everything(self, collection, path, id):
        model = collection.model
        closed = [field for field in model["fields"] if not field["editable"]]
        before = {field["name"]: self.world.value(model, id, field["column"]) for field in closed}
        for name in ("tenant", "tenant_id"):
            self.call(self.us, "patch", path, {name: self.world.theirs.id})
        for field in closed:
            for choice in field["choices"]:
                if choice != before[field["name"]]:
                    self.call(self.us, "patch", path, {field["name"]: choice})
                    break
            untouched = field["name"] in ("created_at", "updated_at", "created_by")
            if (
                not untouched
                and self.world.value(model, id, field["column"]) != before[field["name"]]
            ):
                self.find(
                    "mass-assignment",
                    f"PATCH set {field['name']}, which nobody may write",
                    collection,
                )

    def as_other_roles(self, collection):
        ours = self.world.rows(collection.model, self.world.ours, 1)
        for role in self.world.roles[1:]:
            for method, path in collection.operations:
                if PARAMETER.search(path) and not ours:
                    continue
                for key in self.forbidden_keys(collection, role, method, path):
                    self.as_role(
                        collection,
                        role,
                        method,
                        path,
                        self.filled(path, ours[0] if ours else 1, key),
                    )

    def forbidden_keys(self, collection, role, method, path):
        if {"key", "transition"} & set(PARAMETER.findall(path)):
            workflow = collection.model["workflow"] or {"transitions": []}
            return [one["key"] for one in workflow["transitions"] if role not in one["roles"]]
        return [] if self.world.may(role, ACTIONS[method], collection.model) else ["none-such"]

    def as_role(self, collection, role, method, path, filled):
        data = self.values(collection) if method in ("post", "patch", "put") else None
        reply = self.call(self.world.program(role), method, filled, data)
        self.check.count("role_attacks")
        if (
            reply.status == 422
        ):  # the body is read before anything asks who sends it: nothing was done
            self.check.count("inconclusive")
        elif reply.status not in (401, 403, 404):
            message = f"{method.upper()} {path} answers {reply.status} to {role}, who may not"
            self.find("role-escape", message, collection)

    def in_wrong_states(self, collection):
        paths = [path for method, path in collection.operations if method == "post"]
        path = next((path for path in paths if "{key}" in path), None)
        for case in self.world.wrong_states(collection.model) if path else ():
            reply = self.call(self.us, "post", self.filled(path, case.id, case.key))
            self.check.count("state_attacks")
            changed = self.world.value(collection.model, case.id, case.column) != case.state
            if changed or reply.status not in (404, 409, 422):
                message = f"{case.key} on a row that was {case.state} answers {reply.status}"
                self.find("state-escape", message, collection)

    def unchanged(self, before):
        after = self.world.fingerprint(self.world.theirs)
        for table in before:
            if before[table] != after[table]:
                module = self.world.module_of_table(table)
                self.check.find(
                    "cross-tenant-write",
                    f"{table}: rows of another workspace were changed",
                    module=module,
                )


def attack(world, check):
    ApiAttack(world, check).run()
