"""Child: do the migrations apply on an empty database, and on top of the previous version; is any step destructive?

Runs as the tables' owner, with the business layer's migrations in its process: the only one that needs to.
"""

import json
import time

from selfcheck.results import Pipe

pipe = Pipe()

import django  # noqa: E402

DESTRUCTIVE = {
    "DeleteModel": "drops a table",
    "RemoveField": "drops a column",
    "RenameModel": "renames a table that the version still running uses",
    "RenameField": "renames a column that the version still running uses",
}
KEYS_A_TABLE = 1_000_000


def apply(check):
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from workspaces.grants import grant_app_role

    connection = connections["owner"]
    started = time.monotonic()
    previous = [
        tuple(name.split(".", 1)) for name in json.loads(pipe.given.get("previous") or "[]")
    ]
    executor = MigrationExecutor(connection)
    if previous:
        known = [node for node in previous if node in executor.loader.graph.nodes]
        for app, name in set(previous) - set(known):
            check.find("migration-lost", f"{app}.{name} was applied and is gone", module=app)
        executor.migrate(known)
        check.facts["previous"] = len(known)
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    grant_app_role()
    spread_keys(connection)
    check.facts["migrations"] = len(MigrationExecutor(connection).loader.applied_migrations)
    check.facts["apply_ms"] = round((time.monotonic() - started) * 1000)


def spread_keys(connection):
    """Each table counts from a number of its own, so that a key seen anywhere tells whose row it is."""
    from django.apps import apps

    from business.app import MODULES

    models = [model for label in MODULES for model in apps.get_app_config(label).get_models()]
    with connection.cursor() as cursor:
        for number, model in enumerate(models, start=1):
            table = model._meta.db_table
            name = "select setval(pg_get_serial_sequence(%s, 'id'), %s)"
            cursor.execute(name, [f'"{table}"', number * KEYS_A_TABLE])


def safe(check):
    """Destructive steps of the business layer's migrations after its first ones need a person's yes."""
    from django.db.migrations.loader import MigrationLoader

    from business.app import MODULES

    approved = set(json.loads(pipe.given.get("approved") or "[]"))
    released = set(json.loads(pipe.given.get("previous") or "[]"))
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app not in MODULES or f"{app}.{name}" in approved | released:
            continue
        check.count("migrations")
        for operation in migration.operations:
            judge(check, app, name, operation)


def judge(check, app, name, operation):
    kind = type(operation).__name__
    file = f"business/{app}/migrations/{name}.py"
    if kind in DESTRUCTIVE:
        message = (
            f"{operation.describe()}: it {DESTRUCTIVE[kind]}; a person must approve {app}.{name}"
        )
        check.find("destructive-migration", message, module=app, file=file)
    elif kind in {"RunSQL", "RunPython", "SeparateDatabaseAndState"}:
        check.find("unjudged-migration", f"{kind} can't be judged", module=app, file=file)


if __name__ == "__main__":
    django.setup()
    with pipe.check("migrations.safe") as check:
        safe(check)
    with pipe.check("migrations.apply") as check:
        apply(check)
