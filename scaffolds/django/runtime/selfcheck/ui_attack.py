"""One workspace attacks the other through every page; then each role tries what it may not do."""

from selfcheck.app_boots import MADE_UP, skipped
from selfcheck.web import main_form
from selfcheck.world import OWNER, address, module_of

PUBLIC = frozenset(
    {
        "accounts:sign_in",
        "accounts:forgot_password",
        "accounts:forgot_password_sent",
        "accounts:reset_password",
        "workspaces:accept_invitation",
        "set_language",
        "healthz",
        "metrics",
        "admin:login",
        "admin:jsi18n",
    }
)
"""Routes of the runtime that need no sign-in, each known by name."""
REFUSED = frozenset({301, 302, 303, 400, 401, 403, 404, 405, 410})
QUERIES = (
    "q={part}",
    "format=csv&page_size=200",
    "page=2&page_size=200&sort=-id",
    "tenant={id}&tenant_id={id}&workspace={id}",
)
"""What a list may be asked besides its filters; parts of the marker, so that an echo is not taken for a leak."""


class UiAttack:
    def __init__(self, world, check):
        self.world = world
        self.check = check
        self.owner = world.person(OWNER)
        self.named = set()

    def run(self):
        before = self.world.fingerprint(self.world.theirs)
        for route in self.world.routes:
            self.without_signing_in(route)
            self.on_lists(route)
        for route in (
            self.world.routes
        ):  # after the lists: a message about a key may be shown on the next page
            self.on_their_rows(route)
        for model in self.world.models:
            self.in_forms(model)
        self.unchanged(
            before,
            self.world.theirs,
            "cross-tenant-write",
            "rows of another workspace were changed",
        )
        self.as_other_roles()
        self.in_wrong_states()
        self.without_csrf_token()

    def try_(self, browser, method, path, data=None):
        self.check.count("attacks")
        return browser.get(path) if method == "GET" else browser.post(path, data)

    def find(self, rule, message, module):
        self.check.find(rule, message, module=module)

    def model_of(self, route):
        """The model a route is about: the view says it, or the admin's address does."""
        label = route["model"]
        parts = route["route"].split("/")
        if parts[0] == "admin" and len(parts) > 3:
            label = ".".join(parts[1:3])
        return self.world.model(label)

    def without_signing_in(self, route):
        self.check.count("routes")
        path = address(route, MADE_UP | self.pk_of(route, self.world.ours))
        if (
            path is None
            or route["name"] in PUBLIC
            or route["route"].startswith(("static/", "api/"))
        ):
            return
        reply = self.try_(self.world.nobody(), "GET", path)
        if reply.ok:
            self.find(
                "open-route", f"GET {route['route']} answers without signing in", module_of(route)
            )

    def pk_of(self, route, workspace):
        model = self.model_of(route)
        ids = self.world.rows(model, workspace, 1) if model else []
        return {"pk": ids[0], "object_id": ids[0], "id": ids[0]} if ids else {}

    def on_their_rows(self, route):
        """Every address with a key, asked with keys of their rows, by our owner."""
        keys = {"pk", "object_id", "id"} & set(route["params"])
        if not keys and not (route["business"] and route["params"]):
            return
        model = self.model_of(route)
        models = [model] if model else self.world.models if route["business"] else []
        for about in models:
            for id in self.world.rows(about, self.world.theirs, 1):
                for values in self.fillings(route, about, id):
                    self.on_their_row(route, about, id, address(route, MADE_UP | values))

    def fillings(self, route, model, id):
        values = dict.fromkeys(route["params"], id)
        if "transition" not in route["params"]:
            return [values]
        workflow = model["workflow"] or {"transitions": []}
        return [values | {"transition": one["key"]} for one in workflow["transitions"]]

    def on_their_row(self, route, model, id, path):
        module = module_of(route, model)
        self.named.add(id)
        reply = self.try_(self.owner, "GET", path)
        leak = self.world.leaks(reply.text, asked=self.named)
        if reply.ok or leak:
            self.find(
                "cross-tenant-read", f"GET {route['route']} shows another workspace's row", module
            )
        elif reply.status not in REFUSED:
            self.find(
                "cross-tenant-error",
                f"GET {route['route']} answers {reply.status} for another's row",
                module,
            )
        if route["business"] or route["route"].startswith("admin/"):
            reply = self.try_(self.owner, "POST", path, self.own_form(model) | {"post": "yes"})
            if reply.status not in REFUSED:
                message = (
                    f"POST {route['route']} answers {reply.status} for another workspace's row"
                )
                self.find("cross-tenant-write", message, module)

    def on_lists(self, route):
        """Pages without a key must show none of theirs, however they are asked."""
        if route["params"] or skipped(route) or route["route"].startswith("api/"):
            return
        model = self.model_of(route)
        for query in ("", *self.queries(route, model)):
            path = "/" + route["route"] + ("?" + query if query else "")
            reply = self.try_(self.owner, "GET", path)
            leak = self.world.leaks(reply.text, asked=self.asked(query))
            if leak:
                self.find(
                    "cross-tenant-list",
                    f"GET {route['route']}?{query} shows {leak}",
                    module_of(route, model),
                )
            elif reply.status >= 500:
                self.find(
                    "list-500",
                    f"GET {route['route']}?{query} answers {reply.status}",
                    module_of(route, model),
                )
        if model and route["kind"] == "view" and route["name"].endswith(":list"):
            self.sees_own(route, model)

    def sees_own(self, route, model):
        """An app that shows nothing to anybody would pass every attack: our own rows must be there."""
        reply = self.owner.get("/" + route["route"])
        shown = any(str(id) in reply.text for id in self.world.rows(model, self.world.ours, 500))
        self.check.count("own_lists", int(shown))
        if not shown:
            self.find(
                "blind-list", f"GET {route['route']} does not show our own rows", model["module"]
            )

    def queries(self, route, model):
        """Lists are searched, filtered and exported; forms are offered their keys; other pages are just asked."""
        theirs, found = self.world.theirs, []
        if route["business"] and route["kind"] in ("view", "create"):
            for field in model["fields"] if model else ():
                for id in self.world.targets(field):
                    found.append(f"{field['name']}={id}&{field['column']}={id}")
        if route["business"] and route["kind"] in ("view", None):
            found += [query.format(part=theirs.marker[:-2], id=theirs.id) for query in QUERIES]
        return found

    def asked(self, query):
        values = [part.partition("=")[2] for part in query.split("&")]
        return {int(value) for value in values if value.isdigit()}

    def route_for(self, model, kind):
        return next(
            (
                r
                for r in self.world.routes
                if r["business"] and r["model"] == model["label"] and r["kind"] == kind
            ),
            None,
        )

    def own_form(self, model):
        """What the edit page of one of our rows would send."""
        route = self.route_for(model, "edit")
        ids = self.world.rows(model, self.world.ours, 1)
        if route is None or not ids:
            return {}
        cache = self.__dict__.setdefault("_forms", {})
        if model["label"] not in cache:
            names = [field["name"] for field in model["fields"]]
            page = self.owner.get(address(route, {"pk": ids[0]})).text
            cache[model["label"]] = main_form(page, names)
        return dict(cache[model["label"]])

    def in_forms(self, model):
        """References to their rows, and fields nobody may set, sent with an otherwise honest form."""
        route, form = self.route_for(model, "edit"), self.own_form(model)
        ids = self.world.rows(model, self.world.ours, 1)
        if route is None or not form or not ids:
            return
        path = address(route, {"pk": ids[0]})
        self.works_unchanged(model, path, form)
        for field in model["fields"]:
            for theirs in self.world.targets(field):
                sent = form | {field["name"]: theirs, field["column"]: theirs}
                reply = self.try_(self.owner, "POST", path, sent)
                self.judge_reference(model, field, reply, (ids[0], theirs))
        self.assign_everything(model, path, form, ids[0])

    def works_unchanged(self, model, path, form):
        """A form that takes nothing would pass every attack: our own row, sent as it is, must be taken."""
        reply = self.owner.post(path, form)
        self.check.count("own_forms", int(reply.status in (302, 303)))
        if reply.status not in (302, 303):
            message = f"the edit form of a row, sent unchanged, answers {reply.status}"
            self.find("blind-form", message, model["module"])

    def judge_reference(self, model, field, reply, ids):
        ours, theirs = ids
        if self.world.value(model, ours, field["column"]) == str(theirs):
            message = f"a form took {field['name']} from another workspace"
            self.find("cross-tenant-reference", message, model["module"])
        elif reply.status >= 500:
            message = f"a form passed on another workspace's {field['name']}; only the database refused it"
            self.find("cross-tenant-reference", message, model["module"])

    def assign_everything(self, model, path, form, id):
        closed = [field for field in model["fields"] if not field["editable"]]
        before = {field["name"]: self.world.value(model, id, field["column"]) for field in closed}
        extra = {"tenant": self.world.theirs.id, "tenant_id": self.world.theirs.id}
        extra |= {
            field["name"]: self.another(field, before[field["name"]])
            for field in closed
            if field["choices"]
        }
        self.try_(self.owner, "POST", path, form | extra)
        for field in closed:
            if (
                field["name"] in extra
                and self.world.value(model, id, field["column"]) != before[field["name"]]
            ):
                self.find(
                    "mass-assignment",
                    f"a form set {field['name']}, which no form may set",
                    model["module"],
                )

    def another(self, field, value):
        return next((choice for choice in field["choices"] if choice != value), value)

    def unchanged(self, before, workspace, rule, message):
        after = self.world.fingerprint(workspace)
        for table in before:
            if before[table] != after[table]:
                self.find(rule, f"{table}: {message}", self.world.module_of_table(table))

    def as_other_roles(self):
        """What a role may not do must be refused, and must change nothing."""
        before = self.world.fingerprint(self.world.ours)
        for role in self.world.roles[1:]:
            for route in self.world.routes:
                model = self.world.model(route["model"])
                if route["business"] and route["kind"] == "dashboard":
                    self.at_dashboard(role, route)
                elif route["business"] and route["kind"] and model:
                    self.as_role(role, route, model)
        self.unchanged(before, self.world.ours, "role-escape", "changed by a role that may not")

    def at_dashboard(self, role, route):
        if not route["roles"] or role in route["roles"]:
            return
        reply = self.try_(self.world.person(role), "GET", "/" + route["route"])
        self.check.count("role_attacks")
        if reply.status not in (401, 403, 404):
            message = f"GET {route['route']} answers {reply.status} to {role}, who may not see it"
            self.find("role-escape", message, module_of(route))

    def as_role(self, role, route, model):
        values = self.pk_of(route, self.world.ours)
        if route["kind"] == "transition":
            for one in (model["workflow"] or {"transitions": []})["transitions"]:
                if role not in one["roles"]:
                    self.refused(role, route, model, values | {"transition": one["key"]}, ("POST",))
        elif not self.world.may(role, route["kind"], model):
            methods = ("GET",) if route["kind"] == "view" else ("GET", "POST")
            self.refused(role, route, model, values, methods)

    def refused(self, role, route, model, values, methods):
        path = address(route, values)
        for method in methods if path else ():
            reply = self.try_(self.world.person(role), method, path, self.own_form(model))
            self.check.count("role_attacks")
            if reply.status not in (401, 403, 404):
                message = f"{method} {route['route']} answers {reply.status} to {role}, who may not {route['kind']}"
                self.find("role-escape", message, model["module"])

    def in_wrong_states(self):
        """A transition starts where it says and nowhere else."""
        for model in self.world.models:
            route = self.route_for(model, "transition")
            for case in self.world.wrong_states(model) if route else ():
                self.in_wrong_state(route, model, case)

    def in_wrong_state(self, route, model, case):
        path = address(route, {"pk": case.id, "transition": case.key})
        reply = self.try_(self.owner, "POST", path)
        self.check.count("state_attacks")
        if self.world.value(model, case.id, case.column) != case.state:
            message = f"{case.key} worked on a row that was {case.state}"
            self.find("state-escape", message, model["module"])
        elif reply.status >= 500:
            message = f"{case.key} on a row that was {case.state} answers {reply.status}"
            self.find("state-escape", message, model["module"])

    def without_csrf_token(self):
        """Another site can make a signed-in person's browser send a form, but not our token."""
        for route in self.world.routes:
            values = self.pk_of(route, self.world.ours)
            path = address(route, MADE_UP | values) if route["business"] else None
            if path and route["kind"] in ("create", "edit", "delete", "transition"):
                self.check.count("attacks")
                reply = self.owner.forged(path)
                if reply.status not in (403, 404):
                    message = f"POST {route['route']} answers {reply.status} without a CSRF token"
                    self.find("csrf", message, module_of(route))


def attack(world, check):
    UiAttack(world, check).run()
