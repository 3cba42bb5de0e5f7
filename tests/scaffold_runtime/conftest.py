"""The runtime's own tests run inside the runtime (`manage.py test`), with a small sample business."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "scaffolds/django/runtime"
SAMPLE = HERE / "sample_business"
collect_ignore = ["sample_business"]


@dataclass(frozen=True)
class App:
    """The runtime with the sample business, its own database, an owner role and an app role."""

    environment: dict[str, str]
    database: str

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=RUNTIME,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = self.run("manage.py", *arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def migrated(postgres: str) -> Iterator[App]:
    """Migrated once; each test gets a copy of its database."""
    name = f"sample_{uuid.uuid4().hex[:8]}"
    host = conninfo_to_dict(postgres)["host"]
    roles = {f"{name}_owner": "createdb", f"{name}_app": "nocreatedb"}
    for role, right in roles.items():
        run(postgres, f"create role {{}} login {right} password 'secret'", role)
    run(postgres, "create database {} owner {}", name, f"{name}_owner")
    app = App(
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{RUNTIME}{os.pathsep}{SAMPLE}",
            "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "fragua-bytecode"),
            "DATABASE_OWNER_URL": f"postgresql://{name}_owner:secret@/{name}?host={host}",
            "DATABASE_URL": f"postgresql://{name}_app:secret@/{name}?host={host}",
            "SECRET_KEY": "only-for-tests-" + "x" * 50,
            "APP_URL": "http://localhost:8000",
        },
        name,
    )
    app.manage("migrate_app")
    yield app
    run(postgres, "drop database {}", name)
    for role in roles:
        run(postgres, "drop role {}", role)


@pytest.fixture
def app(postgres: str, migrated: App) -> Iterator[App]:
    copy = f"{migrated.database}_{uuid.uuid4().hex[:4]}"
    run(
        postgres,
        "create database {} template {} owner {}",
        copy,
        migrated.database,
        f"{migrated.database}_owner",
    )
    urls = {
        name: migrated.environment[name].replace(f"/{migrated.database}?", f"/{copy}?")
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    yield App(migrated.environment | urls, copy)
    run(postgres, "drop database {} with (force)", copy)


def run(dsn: str, statement: str, *names: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
