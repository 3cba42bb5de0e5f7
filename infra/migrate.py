"""Bring the platform's database up to date: roles, database, schema. Forward only; quick when there is nothing to do.

In: a connection string that may create roles and databases, the app role's password. Out: what was applied.
Callers: `infra/local`, the deployment pipeline (`python -m infra.migrate`), tests. The surprise: yoyo is imported only
when a migration is missing, and works as `fragua_owner`, a role nobody can sign in as.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

MIGRATIONS: Final = Path(__file__).parent.parent / "chalicelib" / "migrations"
OWNER: Final = "fragua_owner"
APP: Final = "fragua_app"
DATABASE: Final = "fragua"

ONE_AT_A_TIME: Final = "select pg_advisory_lock(hashtext('fragua migrations'))"
ROLE_EXISTS: Final = "select exists (select from pg_roles where rolname = %s)"
MAY_SET_ROLE: Final = "select pg_has_role(current_user, %s, 'set')"
DATABASE_EXISTS: Final = "select exists (select from pg_database where datname = %s)"
OPEN_TO_ALL: Final = """
select datname from pg_database
where datname in (current_database(), 'postgres', 'template1') and pg_has_role(current_user, datdba, 'usage')
    and has_database_privilege('public', oid, 'connect')
"""
LEDGER_EXISTS: Final = "select to_regclass('migrations._yoyo_migration') is not null"
APPLIED: Final = "select migration_id from migrations._yoyo_migration"

ROLES: Final = (
    (OWNER, "nologin noinherit"),
    (APP, "login noinherit nocreatedb nocreaterole"),
)
APP_LIMITS: Final = (
    ("search_path", ""),
    ("statement_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "15s"),
)


def migrate(admin_dsn: str, *, app_password: str, database: str = DATABASE) -> tuple[str, ...]:
    """Names of the migrations applied now; empty when the database was up to date. Safe to repeat and to race."""
    with connected(admin_dsn) as server:
        server.execute(ONE_AT_A_TIME)
        close_to_strangers(server)
        ensure_roles(server, app_password)
        ensure_database(server, database)
        with connected(admin_dsn, dbname=database) as inside:
            ensure_ledger(inside, database)
            missing = missing_migrations(inside)
            if missing:
                apply_migrations(admin_dsn, database)
            if left := missing_migrations(inside):  # yoyo skips what it can't load
                raise RuntimeError(f"not applied: {', '.join(left)}")
        return missing


def ensure_roles(server: psycopg.Connection[Any], app_password: str) -> None:
    for role, attributes in ROLES:
        if not answer(server, ROLE_EXISTS, role):
            server.execute(compose(f"create role {{}} {attributes}", role))
    if not answer(server, MAY_SET_ROLE, OWNER):
        server.execute(compose("grant {} to current_user with inherit false, set true", OWNER))
    # The verifier, not the password, so that the password is in no statement log.
    verifier = server.pgconn.encrypt_password(app_password.encode(), APP.encode(), b"scram-sha-256")
    server.execute(
        sql.SQL("alter role {} password {}").format(
            sql.Identifier(APP), sql.Literal(verifier.decode())
        )
    )
    for setting, value in APP_LIMITS:
        server.execute(
            sql.SQL("alter role {} set {} = {}").format(
                sql.Identifier(APP), sql.Identifier(setting), sql.Literal(value)
            )
        )


def ensure_database(server: psycopg.Connection[Any], database: str) -> None:
    if not answer(server, DATABASE_EXISTS, database):
        server.execute(compose("create database {} template template0 encoding 'utf8'", database))


def close_to_strangers(server: psycopg.Connection[Any]) -> None:
    """An app's role may sign in to its own database and to no other. Where a provider owns the maintenance databases,
    they stay as the provider made them; there is nothing in them."""
    for (database,) in server.execute(OPEN_TO_ALL).fetchall():
        server.execute(compose("revoke all on database {} from public", database))


def ensure_ledger(inside: psycopg.Connection[Any], database: str) -> None:
    """The owner may make schemas here, the app role may come in, nobody else may do anything."""
    inside.execute(compose("revoke all on database {} from public", database))
    inside.execute(compose("grant connect on database {} to {}", database, APP))
    inside.execute(compose("grant create on database {} to {}", database, OWNER))
    inside.execute(compose("set role {}", OWNER))
    inside.execute("create schema if not exists migrations")
    inside.execute("comment on schema migrations is 'Which migrations were applied; kept by yoyo.'")


def missing_migrations(inside: psycopg.Connection[Any]) -> tuple[str, ...]:
    applied: set[str] = set()
    if answer(inside, LEDGER_EXISTS):
        applied = {row[0] for row in inside.execute(APPLIED)}
    return tuple(path.stem for path in sorted(MIGRATIONS.glob("*.sql")) if path.stem not in applied)


def apply_migrations(admin_dsn: str, database: str) -> None:
    from yoyo import read_migrations
    from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
    from yoyo.connections import DatabaseURI

    class AsOwner(PostgresqlPsycopgBackend):  # type: ignore[misc]
        """yoyo reads URLs only, and knows no role but the one that signs in."""

        def connect(self, _uri: object) -> psycopg.Connection[Any]:
            connection = psycopg.connect(admin_dsn, dbname=database, autocommit=True)
            connection.execute(compose("set role {}", OWNER))
            connection.execute("set search_path to migrations")
            connection.execute("set lock_timeout to '5s'")
            connection.execute("set statement_timeout to '10min'")
            return connection

    uri = DatabaseURI("postgresql+psycopg", None, None, None, None, database, {})
    with AsOwner(uri, "_yoyo_migration") as backend:
        backend.init_database()
        migrations = read_migrations(str(MIGRATIONS))
        with backend.lock():
            backend.apply_migrations(backend.to_apply(migrations))


@contextmanager
def connected(dsn: str, **overrides: Any) -> Iterator[psycopg.Connection[Any]]:
    connection = psycopg.connect(dsn, autocommit=True, **overrides)
    try:
        yield connection
    finally:
        connection.close()


def compose(template: str, *identifiers: str) -> sql.Composed:
    """`template` is ours; every name that comes from outside is quoted."""
    return sql.SQL(template).format(*map(sql.Identifier, identifiers))


def answer(connection: psycopg.Connection[Any], query: str, *values: str) -> bool:
    row = connection.execute(query, values).fetchone()
    return bool(row and row[0])


def main() -> None:
    applied = migrate(
        os.environ["FRAGUA_ADMIN_DSN"],
        app_password=os.environ["FRAGUA_APP_PASSWORD"],
        database=os.environ.get("FRAGUA_DATABASE", DATABASE),
    )
    sys.stdout.write("".join(f"{name}\n" for name in applied) or "nothing to do\n")


if __name__ == "__main__":
    main()
