"""The runtime, run as it is run in a container: by its commands, with its environment."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg

from tests.proofs import findings, verdicts

from .conftest import RUNTIME, App

OWNER = {"FIRST_OWNER_EMAIL": "ana@example.com", "FIRST_OWNER_PASSWORD": "one-time-pass-1"}


def test_the_sample_business_passes_its_tests_inside_the_runtime(app: App) -> None:
    done = app.manage("test", "business")
    assert re.search(r"Ran \d{2,} tests", done.stderr)


def test_migrations_are_complete_and_apply_twice_and_backwards(app: App) -> None:
    app.manage("makemigrations", "--check", "--dry-run")
    app.manage("migrate", "visit", "zero", "--database=owner")
    app.manage("migrate_app")


def test_a_table_without_isolation_stops_the_migration(app: App) -> None:
    with psycopg.connect(app.environment["DATABASE_OWNER_URL"]) as owner:
        owner.execute("alter table customer_customer no force row level security")
    done = app.run("manage.py", "migrate_app")
    assert done.returncode != 0
    assert "customer_customer" in done.stderr


def test_the_deployment_check_is_clean_behind_https(app: App) -> None:
    done = app.manage(
        "check", "--deploy", "--fail-level=WARNING", APP_URL="https://app.example.com"
    )
    assert "no issues" in done.stdout


def test_behind_https_a_sister_domain_cannot_plant_cookies(app: App) -> None:
    show = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    done = app.manage("shell", "--no-imports", "-c", show, APP_URL="https://app.example.com")
    assert done.stdout.split() == ["__Host-session_app_example_com", "__Host-csrf_app_example_com"]


def test_demo_data_is_loaded_once_and_belongs_to_the_first_owner(app: App) -> None:
    app.manage("migrate_app", DEMO_DATA="1")
    app.manage("migrate_app", DEMO_DATA="1")
    app.manage("hand_over", DATABASE_OWNER_URL="", **OWNER)
    with psycopg.connect(app.environment["DATABASE_OWNER_URL"]) as owner:
        rows = owner.execute(
            "select w.is_demo, m.role, u.must_change_password from workspaces_workspace w"
            " join workspaces_membership m on m.workspace_id = w.id"
            " join accounts_user u on u.id = m.user_id"
        ).fetchall()
    assert rows == [(True, "owner", True)]


def test_handing_over_twice_changes_nothing_once_the_password_is_the_owners(app: App) -> None:
    app.manage("hand_over", **OWNER)
    with psycopg.connect(app.environment["DATABASE_OWNER_URL"]) as owner:
        owner.execute("update accounts_user set must_change_password = false")
        (before,) = owner.execute("select password from accounts_user").fetchone() or ("",)
    app.manage("hand_over", FIRST_OWNER_EMAIL="ana@example.com", FIRST_OWNER_PASSWORD="other")
    with psycopg.connect(app.environment["DATABASE_OWNER_URL"]) as owner:
        assert owner.execute("select password from accounts_user").fetchall() == [(before,)]


def test_one_off_commands_report_success_and_failure(app: App) -> None:
    inbox = Inbox()
    with inbox:
        app.manage("migrate_app", REPORT_URL=inbox.url, REPORT_NONCE="n1")
        app.manage("hand_over", REPORT_URL=inbox.url, REPORT_NONCE="n2", **OWNER)
        app.run("manage.py", "hand_over", REPORT_URL=inbox.url, REPORT_NONCE="n3")
    migrated, handed_over, failed = inbox.reports
    assert (migrated["kind"], migrated["nonce"], migrated["passed"]) == ("migrate", "n1", True)
    assert handed_over["facts"]["username"] == "ana@example.com"
    assert (failed["passed"], failed["kind"]) == (False, "hand_over")
    assert "one-time-pass-1" not in json.dumps(inbox.reports)


def test_serves_soon_and_stops_when_asked(app: App) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = app.environment | {"PORT": str(port), "HOST": "127.0.0.1"}
    environment.pop("DATABASE_OWNER_URL")
    server = subprocess.Popen(
        [sys.executable, "-m", "serve"],
        cwd=RUNTIME,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert json.loads(answer(f"http://127.0.0.1:{port}/healthz"))["status"] == "ok"
        page = answer(f"http://localhost:{port}/accounts/sign-in/").decode()
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            assert answer(f"http://localhost:{port}{address}")
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0


def test_templates_need_no_inline_script_or_style() -> None:
    for path in RUNTIME.glob("templates/**/*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", text), path


def test_the_frame_is_translated_completely(app: App) -> None:
    catalogue = (RUNTIME / "locale/es/LC_MESSAGES/django.po").read_text()
    assert 'msgstr ""\n\n' not in catalogue
    assert "fuzzy" not in catalogue
    known = set(re.findall(r'^msgid "(.+)"$', catalogue, re.M))
    used = set()
    for path in RUNTIME.glob("templates/**/*.html"):
        used |= set(re.findall(r'{% translate "([^"]+)"', path.read_text()))
        used |= set(re.findall(r"{% translate '([^']+)'", path.read_text()))
    assert used <= known


def test_pgrls_finds_nothing_and_proves_every_policy(app: App, postgres: str) -> None:
    dsn = psycopg.conninfo.make_conninfo(postgres, dbname=app.database)
    rules = RUNTIME / "pgrls.toml"
    assert findings(dsn, schemas="public", rules=rules) == []
    tables = (
        "audit_entry",
        "customer_customer",
        "files_storedfile",
        "visit_visit",
        "worker_worker",
    )
    isolated = {f"public.{name}": "isolated" for name in tables}
    for threat in ("anon", "cross-tenant", "write"):
        assert verdicts(dsn, threat, schemas="public", rules=rules) == isolated


def test_nothing_names_a_package_registry() -> None:
    lock = json.loads((RUNTIME / "theme/package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


class Inbox:
    """Stands where the platform's bucket is: keeps what was PUT."""

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        reports = self.reports

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                reports.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/inbox"

    def __enter__(self) -> None:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def answer(url: str, seconds: float = 30) -> bytes:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return bytes(response.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
