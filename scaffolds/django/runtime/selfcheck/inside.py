"""Child: what Django itself says about the app, and a map of it for those who attack it from outside.

Imports the business layer, so nothing said here is proof of isolation; the map's *models* are compared with the
tables that really exist, by processes that do not import it.
"""

from selfcheck.results import Pipe, business_place

pipe = Pipe()

import django  # noqa: E402 the pipe comes first: it takes its names out of the environment
from django.apps import apps  # noqa: E402

KINDS = {
    "ListPage": "view",
    "DetailPage": "view",
    "BoardPage": "view",
    "CalendarPage": "view",
    "CreatePage": "create",
    "EditPage": "edit",
    "DeletePage": "delete",
    "TransitionPage": "transition",
    "DashboardPage": "dashboard",
}


def system_check(check):
    from django.conf import settings
    from django.core import checks

    for message in checks.run_checks(include_deployment_checks=True):
        check.count("messages")
        if message.level >= checks.WARNING and not message.is_silenced():
            where = place(message.obj)
            check.find("django-check", f"{message.id}: {message.msg}", **where)
    check.facts["apps"] = len(settings.INSTALLED_APPS)


def place(thing):
    """Where in the business layer a model, field or view is defined, as far as it says."""
    module = getattr(getattr(thing, "model", thing), "__module__", "") or ""
    parts = module.split(".")
    if parts[0] != "business" or len(parts) < 3:
        return {}
    return {"module": parts[1], "file": "/".join(parts) + ".py"}


def migrations_match(check):
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    translation.deactivate_all()  # migrations are written without a language
    loader = MigrationLoader(None, ignore_no_migrations=True)
    check.facts["migrations"] = len(loader.disk_migrations)
    for app, names in loader.detect_conflicts().items():
        check.find(
            "migration-conflict", f"{app} has several last migrations: {names}", module=own(app)
        )
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    for app, changes in detector.changes(graph=loader.graph).items():
        for migration in changes:
            for operation in migration.operations:
                message = f"models and migrations differ: {operation.describe()}"
                file = f"business/{app}/migrations" if own(app) else None
                check.find("migration-missing", message, module=own(app), file=file)


def own(label):
    from business.app import MODULES

    return label if label in MODULES else None


def templates(check):
    from pathlib import Path

    from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines

    engine = engines["django"].engine
    for path in sorted(Path("business").rglob("templates/**/*.html")):
        check.count("templates")
        try:
            template = engine.from_string(path.read_text(encoding="utf-8"))
            referred(engine, template)
        except (TemplateSyntaxError, TemplateDoesNotExist) as error:
            check.find("template", f"{type(error).__name__}: {error}", **business_place(f"/{path}"))


def referred(engine, template):
    """Templates named as constants exist, too."""
    from django.template.loader_tags import ExtendsNode, IncludeNode

    for node in template.nodelist.get_nodes_by_type((ExtendsNode, IncludeNode)):
        name = getattr(node, "parent_name", None) or getattr(node, "template", None)
        if name is not None and not name.filters and isinstance(name.var, str):
            engine.get_template(name.var)


def routes():
    from django.urls import get_resolver

    return list(_walk(get_resolver().url_patterns, "", "", {}))


def _walk(patterns, prefix, namespace, params):
    for one in patterns:
        route = prefix + str(one.pattern)
        taken = params | {name: type(c).__name__ for name, c in one.pattern.converters.items()}
        if hasattr(one, "url_patterns"):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one.url_patterns, route, inner, taken)
        else:
            yield describe(one, route, namespace, taken)


def describe(pattern, route, namespace, params):
    view = getattr(pattern.callback, "view_class", None)
    module = getattr(view or pattern.callback, "__module__", "")
    model = getattr(view, "model", None)
    bases = [base.__name__ for base in view.__mro__] if view else []
    return {
        "route": route,
        "name": f"{namespace}{pattern.name or ''}",
        "params": params,
        "business": module.startswith("business."),
        "view": f"{module}.{getattr(view or pattern.callback, '__name__', '')}",
        "model": model._meta.label_lower if model else None,
        "kind": next((KINDS[name] for name in bases if name in KINDS), None),
        "roles": [str(role) for role in getattr(view, "roles", [])],
    }


def models():

    from business.app import MODULES

    return [
        describe_model(model)
        for label in MODULES
        for model in apps.get_app_config(label).get_models()
    ]


def describe_model(model):
    workflow = getattr(model, "workflow", None)
    return {
        "label": model._meta.label_lower,
        "module": model._meta.app_label,
        "table": model._meta.db_table,
        "fields": [describe_field(field) for field in model._meta.concrete_fields],
        "workflow": workflow
        and {
            "field": workflow.field,
            "transitions": [
                {
                    "key": t.key,
                    "sources": list(t.sources),
                    "target": t.target,
                    "roles": list(t.roles),
                }
                for t in workflow.transitions
            ],
        },
    }


def describe_field(field):
    target = field.remote_field.model if field.is_relation else None
    return {
        "name": field.name,
        "column": field.column,
        "type": field.get_internal_type(),
        "editable": field.editable,
        "to": target._meta.label_lower if target else None,
        "choices": [str(key) for key, _ in field.flatchoices],
    }


def permissions():
    from business.app import ROLES
    from business.permissions import PERMISSIONS

    return {"roles": ["owner", *ROLES], "permissions": PERMISSIONS}


if __name__ == "__main__":
    with pipe.check("django.check") as check:
        django.setup()
        system_check(check)
    if not apps.ready:
        raise SystemExit("the app can't be imported")
    with pipe.check("migrations.match_models") as check:
        migrations_match(check)
    with pipe.check("source.templates") as check:
        templates(check)
    pipe.send(hand_on={"routes": routes(), "models": models(), **permissions()})
