"""Tools that know more ways to get isolation wrong than we do, on the schema as it is migrated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.database.world import Connection
from tests.proofs import ROOT, findings, verdicts

THREATS = ["anon", "cross-tenant", "write"]


@pytest.fixture(scope="module")
def dsn(postgres: str, template: str) -> str:
    return psycopg.conninfo.make_conninfo(postgres, dbname=template)


def test_pgrls_finds_nothing(dsn: str) -> None:
    assert findings(dsn) == []


@pytest.mark.parametrize("threat", THREATS)
def test_every_policy_is_proven(dsn: str, catalogue: Connection, threat: str) -> None:
    tables = catalogue.execute(
        "select format('platform.%s', relname) from pg_class"
        " where relnamespace = 'platform'::regnamespace and relkind in ('r', 'p')"
    )
    assert verdicts(dsn, threat) == {name: "isolated" for (name,) in tables}


@pytest.mark.parametrize("threat", ["cross-tenant", "write"])
def test_the_proof_notices_a_policy_that_leaks(postgres: str, threat: str) -> None:
    """Without this, a tool that proves anything would look the same as a schema that is right."""
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("create database leaky")
        with psycopg.connect(postgres, dbname="leaky", autocommit=True) as connection:
            connection.execute(LEAKY)
        found = verdicts(
            psycopg.conninfo.make_conninfo(postgres, dbname="leaky"), threat, schemas="public"
        )
        server.execute("drop database leaky with (force)")
    assert found["public.notes"] != "isolated"


LEAKY = """
create table notes (tenant_id uuid not null, body text);
alter table notes enable row level security;
alter table notes force row level security;
create policy notes_tenant on notes
    using (tenant_id = (select current_setting('app.current_tenant_id', true)::uuid) or body = 'public')
    with check (true);
"""


def test_squawk_finds_nothing_in_the_migrations() -> None:
    files = sorted(map(str, (ROOT / "chalicelib" / "migrations").glob("*.sql")))
    squawk = Path(sys.executable).parent / "squawk"
    done = subprocess.run([squawk, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, files != []) == (0, True), done.stdout
