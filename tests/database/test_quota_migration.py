"""Runs that were counted in calendar months, after the migration that counts them in periods."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from infra.migrate import MIGRATIONS, migrate
from tests.database.conftest import APP_PASSWORD

LAST_BEFORE = 16
RUN = """
insert into platform.generations (tenant_id, app_id, version, status, engine, mvs_sha256, request_sha256, quota_month,
    is_charged, url, failure_stage, failure_error, failure_reason, created_by, ended_at)
values (%(tenant)s, %(app)s, %(version)s, %(status)s, 'offline', repeat('0', 64), repeat('0', 64), %(month)s,
    %(charged)s, %(url)s, %(why)s, %(why)s, %(why)s, 'system:test', %(ended)s)
"""
ENDED = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def old(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database as it was before, with a run of every kind, on a server that lives in Madrid."""
    for file in sorted(MIGRATIONS.glob("*.sql"))[:LAST_BEFORE]:
        shutil.copy(file, tmp_path)
    with monkeypatch.context() as before:
        before.setattr("infra.migrate.MIGRATIONS", tmp_path)
        migrate(postgres, app_password=APP_PASSWORD, database="old")
    with psycopg.connect(postgres, dbname="old", autocommit=True) as connection:
        connection.execute("alter database old set timezone to 'Europe/Madrid'")
        fill(connection)
    yield "old"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("drop database if exists old with (force)")


def fill(connection: psycopg.Connection) -> None:
    tenant, app = uuid4(), uuid4()
    connection.execute("insert into platform.organizations (id, name) values (%s, 'T')", [tenant])
    connection.execute(
        "insert into platform.apps (tenant_id, id, name, slug, locale, mvs, mvs_sha256)"
        " values (%s, %s, 'A', 'a', 'en', '{}', repeat('0', 64))",
        [tenant, app],
    )
    runs = [
        ("succeeded", "2026-10-01", True),
        ("succeeded", "2026-11-01", True),
        ("failed", "2026-11-01", False),
        ("cancelled", "2026-11-01", False),
        ("queued", "2026-12-01", True),
    ]
    for version, (status, month, charged) in enumerate(runs, 1):
        told = {"tenant": tenant, "app": app, "version": version, "status": status, "month": month}
        told |= {
            "charged": charged,
            "url": "http://x" if status == "succeeded" else None,
            "why": "no" if status == "failed" else None,
            "ended": None if status == "queued" else ENDED,
        }
        connection.execute(RUN, told)


def test_each_run_keeps_its_month_as_its_period_and_what_it_counted(
    postgres: str, old: str
) -> None:
    applied = migrate(postgres, app_password=APP_PASSWORD, database=old)
    assert applied[0] == "0017_quota_by_period"
    with psycopg.connect(postgres, dbname=old) as connection:
        found = connection.execute(
            "select status, quota_period_started_at, is_charged, is_overage, has_spent"
            " from platform.generations order by version"
        ).fetchall()
    assert [(row[0], row[1].astimezone(UTC), *row[2:]) for row in found] == [
        ("succeeded", datetime(2026, 10, 1, tzinfo=UTC), True, False, False),
        ("succeeded", datetime(2026, 11, 1, tzinfo=UTC), True, False, False),
        ("failed", datetime(2026, 11, 1, tzinfo=UTC), False, False, False),
        ("cancelled", datetime(2026, 11, 1, tzinfo=UTC), False, False, False),
        ("queued", datetime(2026, 12, 1, tzinfo=UTC), True, False, False),
    ]


def test_all_that_was_there_keeps_the_new_rules(postgres: str, old: str) -> None:
    """They were added without looking at the rows of before; looking finds nothing."""
    migrate(postgres, app_password=APP_PASSWORD, database=old)
    with psycopg.connect(postgres, dbname=old, autocommit=True) as connection:
        for rule in (
            "generations_open_or_succeeded_is_charged",
            "generations_failed_is_free",
            "generations_cancelled_is_free_unless_it_spent",
        ):
            connection.execute(f"alter table platform.generations validate constraint {rule}")  # type: ignore[arg-type]
