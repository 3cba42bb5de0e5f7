"""An app laid out as in its image, on a real PostgreSQL, with its checks run as they are in the task."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib.adapters.app_databases import AppDatabases

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "scaffolds" / "django" / "runtime"
NOT_IN_IMAGE = shutil.ignore_patterns("theme", "docs", "node_modules", "__pycache__")
EVERYBODY = (
    "source", "migrate", "inside", "policies", "prepare", "database_attack", "over_http", "business_tests",
)  # fmt: skip
"""All children of the self-check."""
TELL = """
import json, sys
from selfcheck.story import tell
given = json.load(sys.stdin)
json.dump(tell(given["task"], frozenset(given["children"])), sys.stdout)
"""
WARM_UP = """
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import config.wsgi, django.core.management.commands.migrate, django.test.runner
import gunicorn.app.base, gunicorn.workers.gthread, workspaces.testing
"""


class Laboratory:
    """One app folder and one scratch database at a time."""

    def __init__(self, folder: Path, admin_dsn: str) -> None:
        self.app = folder / "app"
        self.databases = AppDatabases(admin_dsn)
        self.bytecode = folder / "bytecode"
        shutil.copytree(RUNTIME, self.app, ignore=NOT_IN_IMAGE)
        self._runs = 0

    def lay_out(self, business: Mapping[str, str]) -> None:
        shutil.rmtree(self.app / "business", ignore_errors=True)
        for path, text in business.items():
            file = self.app / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def warm_up(self) -> None:
        """Compile what the image holds compiled, so that the times are the image's."""
        environment = self.environment() | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "1",
        }
        self.python("-c", WARM_UP, environment=environment, check=True)

    def checks(
        self, business: Mapping[str, str], children: tuple[str, ...], **migrations: str
    ) -> list[dict[str, Any]]:
        """What the children's checks report about this business layer."""
        self.lay_out(business)
        self._runs += 1
        name = f"scratch_defects_{self._runs}"
        address = self.databases.create(name)
        task = {"DATABASE_URL": address.app_dsn, "DATABASE_OWNER_URL": address.owner_dsn}
        task |= {"PREVIOUS_MIGRATIONS": "", "APPROVED_MIGRATIONS": ""} | migrations
        try:
            given = json.dumps({"task": task, "children": children})
            done = self.python("-c", TELL, given=given, check=True)
            found: list[dict[str, Any]] = json.loads(done.stdout)
            return found
        finally:
            self.databases.drop(name)

    def report(self, business: Mapping[str, str], **environment: str) -> tuple[int, str]:
        """Exit code and report of the whole self-check, started as the task starts it."""
        self.lay_out(business)
        address = self.databases.create("scratch_whole")
        urls = {"DATABASE_URL": address.app_dsn, "DATABASE_OWNER_URL": address.owner_dsn}
        try:
            done = self.python(
                "-m", "selfcheck.run", environment=self.environment() | urls | environment
            )
            return done.returncode, done.stdout
        finally:
            self.databases.drop("scratch_whole")

    @contextmanager
    def migrated(self, business: Mapping[str, str]) -> Iterator[str]:
        """The name of a database that this app has migrated."""
        self.lay_out(business)
        name = "scratch_migrated"
        address = self.databases.create(name)
        environment = self.environment() | {"SECRET_KEY": "only-for-this-test"}
        environment |= {"DATABASE_URL": address.app_dsn, "DATABASE_OWNER_URL": address.owner_dsn}
        try:
            self.python("manage.py", "migrate_app", environment=environment, check=True)
            yield name
        finally:
            self.databases.drop(name)

    def python(
        self,
        *arguments: str,
        given: str = "",
        environment: dict[str, str] | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.app,
            env=environment or self.environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {"PYTHONPATH": str(self.app), "PYTHONPYCACHEPREFIX": str(self.bytecode)}
