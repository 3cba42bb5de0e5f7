"""Compiled apps, run for real: the runtime around them, a PostgreSQL with an owner and an app role, their own tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from chalicelib.generation.scaffold import compile_app
from tests.generation.business import example, kitchen_sink, names

RUNTIME = Path(__file__).parents[2] / "scaffolds/django/runtime"
NOT_CODE = shutil.ignore_patterns("theme", "docs", "locale", "static", "__pycache__")
APPS = {name: lambda name=name: example(name) for name in names()} | {"kitchen-sink": kitchen_sink}


@pytest.fixture(scope="module", params=APPS)
def app(request, postgres, tmp_path_factory):
    """A folder with the whole app, and the environment to run it in."""
    folder = tmp_path_factory.mktemp(request.param) / "app"
    shutil.copytree(RUNTIME, folder, ignore=NOT_CODE)
    for path, text in compile_app(APPS[request.param]()).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    with database(postgres, f"compiled_{request.param.replace('-', '_')}") as urls:
        yield (
            folder,
            {
                **urls,
                "PATH": os.environ["PATH"],
                "SECRET_KEY": "x" * 50,
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )


class database:
    """An empty database of an owner and an app role; both go with it."""

    def __init__(self, admin: str, name: str) -> None:
        self.admin, self.name = admin, name

    def __enter__(self) -> dict[str, str]:
        self.run("create role {owner} login createdb password 'secret'")
        self.run("create role {app} login password 'secret'")
        self.run("create database {name} owner {owner}")
        host = conninfo_to_dict(self.admin)["host"]
        return {
            variable: f"postgresql://{self.name}_{role}:secret@/{self.name}?host={host}"
            for variable, role in (("DATABASE_URL", "app"), ("DATABASE_OWNER_URL", "owner"))
        }

    def __exit__(self, *_error: object) -> None:
        self.run("drop database {name} with (force)")
        self.run("drop role {owner}, {app}")

    def run(self, statement: str) -> None:
        known = {"name": self.name, "owner": f"{self.name}_owner", "app": f"{self.name}_app"}
        with psycopg.connect(self.admin, autocommit=True) as connection:
            composed = sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in known.items()})
            connection.execute(composed)


@pytest.mark.parametrize("command", ["check", "makemigrations --check --dry-run", "test business"])
def test_a_compiled_app_holds(app, command):
    folder, environment = app
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "manage.py", *command.split()],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
