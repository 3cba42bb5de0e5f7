"""One database and two roles for each generated app: `<name>_owner` migrates, `<name>_app` runs and owns nothing.

In: a connection string that may create databases and roles (or a callable that fetches it). Out: the two connection
URLs. Callers: the deployment room. Implements `deployment.ports.AppDatabases`. The surprise: passwords are new on every
`create`, and only their SCRAM verifiers travel to the server, so no statement log holds one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.database import errors_named

NAME: Final = re.compile(r"(app|scratch)_[a-z0-9_]{1,49}", re.ASCII)
"""Nothing else is ever made or dropped here; with `_owner` it stays within PostgreSQL's 63 characters."""

ONE_AT_A_TIME: Final = "select pg_advisory_lock(hashtext('app database ' || %s))"
DATABASE_EXISTS: Final = "select exists (select from pg_database where datname = %s)"
ROLE_EXISTS: Final = "select exists (select from pg_roles where rolname = %s)"
MAY_ACT_AS: Final = "select pg_has_role(current_user, %s, 'set')"

OWNER_CONNECTIONS_MAX: Final = 5
APP_CONNECTIONS_MAX: Final = 20

AS_SERVER: Final[tuple[LiteralString, ...]] = (
    "revoke all on database {database} from public",
    "grant connect on database {database} to {app}",
    "alter role {app} in database {database} set statement_timeout = '30s'",
    "alter role {app} in database {database} set lock_timeout = '10s'",
    "alter role {app} in database {database} set idle_in_transaction_session_timeout = '60s'",
)
AS_OWNER: Final[tuple[LiteralString, ...]] = (
    "set role {owner}",
    "revoke all on schema public from public",
    "grant usage on schema public to {app}",
    "alter default privileges in schema public grant select, insert, update, delete on tables to {app}",
    "alter default privileges in schema public grant usage on sequences to {app}",
)


@dataclass(frozen=True)
class DatabaseAddress:
    owner_dsn: str
    app_dsn: str


class AppDatabases:
    def __init__(self, admin_dsn: str | Callable[[], str]) -> None:
        self._dsn = admin_dsn

    def create(self, name: str) -> DatabaseAddress:
        """Makes what is missing and gives both roles new passwords."""
        owner, app = roles(name)
        with self._server() as server:
            server.execute(ONE_AT_A_TIME, [name])
            owner_password = renew_role(server, owner, OWNER_CONNECTIONS_MAX)
            app_password = renew_role(server, app, APP_CONNECTIONS_MAX)
            for role in (owner, app):
                act_as(server, role)
            if not answer(server, DATABASE_EXISTS, name):
                run(
                    server,
                    "create database {database} owner {owner} template template0 encoding 'utf8'",
                    name,
                )
            for statement in AS_SERVER:
                run(server, statement, name)
            with self._server(dbname=name) as inside:
                for statement in AS_OWNER:
                    run(inside, statement, name)
        return DatabaseAddress(
            owner_dsn=self._url(owner, owner_password, name),
            app_dsn=self._url(app, app_password, name),
        )

    def drop(self, name: str) -> None:
        roles(name)
        with self._server() as server:
            server.execute(ONE_AT_A_TIME, [name])
            run(server, "drop database if exists {database} with (force)", name)
            run(server, "drop role if exists {app}", name)
            run(server, "drop role if exists {owner}", name)

    def exists(self, name: str) -> bool:
        with self._server() as server:
            return answer(server, DATABASE_EXISTS, name)

    def _url(self, role: str, password: str, name: str) -> str:
        return connection_url(self._admin_dsn(), user=role, password=password, database=name)

    def _admin_dsn(self) -> str:
        return self._dsn if isinstance(self._dsn, str) else self._dsn()

    @contextmanager
    def _server(self, **overrides: Any) -> Iterator[psycopg.Connection[Any]]:
        with errors_named():
            connection = psycopg.connect(
                self._admin_dsn(),
                autocommit=True,
                connect_timeout=5,
                prepare_threshold=None,
                **overrides,
            )
            try:
                yield connection
            finally:
                connection.close()


def roles(name: str) -> tuple[str, str]:
    """(owner, app). Refuses a name that can't be an app's database."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an app's database")
    return f"{name}_owner", f"{name}_app"


def renew_role(server: psycopg.Connection[Any], role: str, connections_max: int) -> str:
    """The new password of a role that may sign in and nothing more."""
    password = secrets.token_urlsafe(32)
    verifier = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    if not answer(server, ROLE_EXISTS, role):
        server.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    server.execute(
        sql.SQL(
            "alter role {} login noinherit nocreatedb nocreaterole connection limit {} password {}"
        ).format(sql.Identifier(role), sql.Literal(connections_max), sql.Literal(verifier.decode()))
    )
    return password


def act_as(server: psycopg.Connection[Any], role: str) -> None:
    """Whoever makes a role is only its administrator; to own things for it and to cut its connections takes more."""
    if not answer(server, MAY_ACT_AS, role):
        server.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def run(connection: psycopg.Connection[Any], statement: LiteralString, name: str) -> None:
    owner, app = roles(name)
    connection.execute(
        sql.SQL(statement).format(
            database=sql.Identifier(name), owner=sql.Identifier(owner), app=sql.Identifier(app)
        )
    )


def answer(connection: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    row = connection.execute(query, [name]).fetchone()
    return bool(row and row[0])
