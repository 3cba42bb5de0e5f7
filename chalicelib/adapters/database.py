"""The window to the platform's PostgreSQL: a session of one tenant is the only way in.

In: a connection string, or a callable that fetches it (Secrets Manager). Out: `Session`, which runs a store's SQL.
Callers: `adapters/*_store.py`. The surprise: a connection is kept between Lambda invocations, and one that died
meanwhile is replaced without the caller noticing, because nothing of the caller's had run on it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from chalicelib.errors import DatabaseBusy, InvalidRequest, PlatformError

Row = TypeVar("Row")

BEGIN_AS_TENANT: Final = "begin; select set_config('app.current_tenant_id', %(tenant)s, true)"
"""One message, so that the tenant costs no round trip of its own; bound by the client for the same reason."""
NO_TENANT: Final = ""
"""`''::uuid` raises, so a tenant table read under it fails instead of answering."""

CONNECTION: Final[dict[str, Any]] = {
    # `BEGIN_AS_TENANT` begins each transaction; psycopg would send a BEGIN of its own before it.
    "autocommit": True,
    "connect_timeout": 5,
    "application_name": "fragua",
    # A proxy may give each transaction another server connection, where a prepared statement is unknown.
    "prepare_threshold": None,
}
IDLE_CONNECTIONS_MAX: Final = 4


@dataclass(frozen=True)
class Reference:
    """A row of which only the id matters."""

    id: UUID


class Session:
    """One transaction of one tenant. It ends with the `with` block and can't be committed by hand."""

    def __init__(self, connection: psycopg.Connection[Any], tenant: str) -> None:
        self._connection = connection
        self.tenant_id = tenant

    def one(self, row: type[Row], query: LiteralString, **values: Any) -> Row | None:
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query, self._with_tenant(values)).fetchone()

    def all(self, row: type[Row], query: LiteralString, **values: Any) -> list[Row]:
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query, self._with_tenant(values)).fetchall()

    def run(self, query: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        return self._connection.execute(query, self._with_tenant(values)).rowcount

    def _with_tenant(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, **values}


class Database:
    def __init__(self, dsn: str | Callable[[], str]) -> None:
        self._dsn = dsn
        self._idle: list[psycopg.Connection[Any]] = []
        self._lock = Lock()

    @contextmanager
    def tenant_session(self, tenant_id: UUID) -> Iterator[Session]:
        """Raises `DatabaseBusy` when the database can't be had, loses a deadlock or takes too long."""
        with self._session(str(UUID(str(tenant_id)))) as session:
            yield session

    @contextmanager
    def session_outside_tenants(self) -> Iterator[Session]:
        """For the functions of docs/database.md that find a tenant; every tenant table refuses to answer here."""
        with self._session(NO_TENANT) as session:
            yield session

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _session(self, tenant: str) -> Iterator[Session]:
        with errors_named():
            connection = self._begin(tenant)
            try:
                yield Session(connection, tenant)
                connection.commit()
            except BaseException:
                with suppress(psycopg.Error):
                    connection.rollback()
                raise
            finally:
                self._give_back(connection)

    def _begin(self, tenant: str) -> psycopg.Connection[Any]:
        """A connection whose transaction has begun with the tenant set."""
        while (kept := self._kept()) is not None:
            try:
                psycopg.ClientCursor(kept).execute(BEGIN_AS_TENANT, {"tenant": tenant})
                return kept
            except psycopg.OperationalError:
                kept.close()
        fresh = self._connect()
        try:
            psycopg.ClientCursor(fresh).execute(BEGIN_AS_TENANT, {"tenant": tenant})
            return fresh
        except BaseException:
            fresh.close()
            raise

    def _connect(self) -> psycopg.Connection[Any]:
        dsn = self._dsn if isinstance(self._dsn, str) else self._dsn()
        return psycopg.connect(dsn, **CONNECTION)

    def _kept(self) -> psycopg.Connection[Any] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: psycopg.Connection[Any]) -> None:
        is_clean = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        with self._lock:
            if is_clean and len(self._idle) < IDLE_CONNECTIONS_MAX:
                self._idle.append(connection)
                return
        connection.close()


@contextmanager
def errors_named() -> Iterator[None]:
    """psycopg's errors stay on this side of the window."""
    try:
        yield
    except PlatformError:
        raise
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseBusy("The database did not answer in time. Try again.") from error
    except psycopg.DataError as error:
        raise InvalidRequest(
            "A text has a character that can't be kept (such as NUL) or a number is out of range. Remove it."
        ) from error
