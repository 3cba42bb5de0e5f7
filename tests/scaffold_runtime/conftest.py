"""The runtime's own tests run inside the runtime (`manage.py test`), with a small sample business."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.fixture
def app(postgres: str) -> Iterator[App]:
    name = f"sample_{uuid.uuid4().hex[:8]}"
    host = conninfo_to_dict(postgres)["host"]
    with psycopg.connect(postgres, autocommit=True) as admin:
        for role, options in ((f"{name}_owner", "createdb"), (f"{name}_app", "")):
            admin.execute(
                sql.SQL("create role {} login password 'secret' " + options).format(
                    sql.Identifier(role)
                )
            )
        admin.execute(
            sql.SQL("create database {} owner {}").format(
                sql.Identifier(name), sql.Identifier(f"{name}_owner")
            )
        )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{RUNTIME}{os.pathsep}{SAMPLE}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATABASE_OWNER_URL": f"postgresql://{name}_owner:secret@/{name}?host={host}",
        "DATABASE_URL": f"postgresql://{name}_app:secret@/{name}?host={host}",
        "SECRET_KEY": "only-for-tests-" + "x" * 50,
        "APP_URL": "http://localhost:8000",
    }
    yield App(environment, name)
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        for role in (f"{name}_owner", f"{name}_app"):
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
