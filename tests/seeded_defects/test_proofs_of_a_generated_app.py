"""pgrls on the schema of a compiled app: nothing to say, and every policy proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
import pytest

from tests.proofs import findings, verdicts
from tests.seeded_defects.laboratory import RUNTIME, Laboratory

TENANT_TABLES = """
select format('public.%s', c.relname) from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id'
"""


@pytest.fixture(scope="module")
def dsn(laboratory: Laboratory, postgres: str, sound_app: Mapping[str, str]) -> Iterator[str]:
    with laboratory.migrated(sound_app) as name:
        yield psycopg.conninfo.make_conninfo(postgres, dbname=name)


def test_pgrls_finds_nothing(dsn: str) -> None:
    assert findings(dsn, schemas="public", rules=RUNTIME / "pgrls.toml") == []


@pytest.mark.parametrize("threat", ["anon", "cross-tenant", "write"])
def test_every_policy_is_proven(dsn: str, threat: str) -> None:
    with psycopg.connect(dsn) as connection:
        tables = {name for (name,) in connection.execute(TENANT_TABLES)}
    found = verdicts(dsn, threat, schemas="public", rules=RUNTIME / "pgrls.toml")
    assert len(tables) >= 8
    assert {name: found.get(name) for name in tables} == dict.fromkeys(tables, "isolated")
