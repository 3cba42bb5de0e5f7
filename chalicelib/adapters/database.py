"""The window to the platform's PostgreSQL: a session that says whose it is is the only way in.

In: a connection string, or a callable that fetches it (Secrets Manager). Out: `Session`, which runs a store's SQL.
Callers: `adapters/*_store.py`. The surprise: a connection is kept between Lambda invocations, and one that died
meanwhile is replaced without the caller noticing, because nothing of the caller's had run on it yet. Inside `unit` the
tenant's sessions are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any, Final, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from chalicelib.errors import DatabaseBusy, InvalidRequest, PlatformError

Row = TypeVar("Row")

BEGIN_AS_TENANT: Final = "begin; select set_config('app.current_tenant_id', %(tenant)s, true)"
"""One message, so that the tenant costs no round trip of its own; bound by the client for the same reason."""
NAMED: Final[dict[str, LiteralString]] = {
    "tenant": "set_config('app.current_tenant_id', %(tenant)s, true)",
    "user": "set_config('app.current_user_id', %(user)s, true)",
    "identity": "set_config('app.presented_identity', %(identity)s, true)",
    "token": "set_config('app.presented_token', %(token)s, true)",
}

CONNECTION: Final[dict[str, Any]] = {
    # `Whose.beginning` begins each transaction; psycopg would send a BEGIN of its own before it.
    "autocommit": True,
    "connect_timeout": 5,
    "application_name": "fragua",
    # A proxy may give each transaction another server connection, where a prepared statement is unknown.
    "prepare_threshold": None,
}
IDLE_CONNECTIONS_MAX: Final = 4
ROWS_AT_A_TIME: Final = 500


@dataclass(frozen=True)
class Reference:
    """A row of which only the id matters."""

    id: UUID


@dataclass(frozen=True, kw_only=True)
class Whose:
    """What a session may see: a tenant's rows, a person's, the row an identity or a token leads to. Empty is nobody's:
    `''::uuid` raises, so a table read without saying whose fails instead of answering."""

    tenant: str = ""
    user: str = ""
    identity: str = ""
    token: str = ""

    @property
    def beginning(self) -> LiteralString:
        """Begins a transaction and names whose it is; the tenant always, the rest where there is something to name."""
        rest = [NAMED[name] for name in ("user", "identity", "token") if getattr(self, name)]
        return ", ".join([BEGIN_AS_TENANT, *rest])


class Session:
    """One transaction. It ends with the `with` block and can't be committed by hand."""

    def __init__(self, connection: psycopg.Connection[Any], whose: Whose) -> None:
        self._connection = connection
        self._whose = whose
        self._afterwards: list[Callable[[], None]] = []

    @property
    def tenant_id(self) -> str:
        return self._whose.tenant

    @property
    def user_id(self) -> str:
        return self._whose.user

    def afterwards(self, do: Callable[[], None]) -> None:
        """Once the transaction is kept, and only then."""
        self._afterwards.append(do)

    def is_kept(self) -> None:
        """Called by whoever committed."""
        for do in self._afterwards:
            do()

    def become(self, **whose: UUID | str) -> None:
        """Names whom else the rest of the transaction is for: `tenant`, `user`, `identity`, `token` (its SHA-256 in hex).
        Costs a round trip."""
        texts = {name: str(value) for name, value in whose.items()}
        self._whose = replace(self._whose, **texts)
        naming = ", ".join(NAMED[name] for name in texts)
        psycopg.ClientCursor(self._connection).execute("select " + naming, texts)

    def one(self, row: type[Row], query: LiteralString, **values: Any) -> Row | None:
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query, self._with_whose(values)).fetchone()

    def all(self, row: type[Row], query: LiteralString, **values: Any) -> list[Row]:
        with self._connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query, self._with_whose(values)).fetchall()

    def stream(self, row: type[Row], query: LiteralString, **values: Any) -> Iterator[Row]:
        """A few hundred at a time: the server keeps the rest, for as long as the transaction is open."""
        with self._connection.cursor(name="rows", row_factory=class_row(row)) as cursor:
            cursor.itersize = ROWS_AT_A_TIME
            yield from cursor.execute(query, self._with_whose(values))

    def run(self, query: LiteralString, **values: Any) -> int:
        """How many rows it touched."""
        return self._connection.execute(query, self._with_whose(values)).rowcount

    def _with_whose(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"tenant_id": self._whose.tenant, "user_id": self._whose.user, **values}


UNIT: Final[ContextVar[Session | None]] = ContextVar("unit", default=None)
"""The transaction that `Database.unit` has open in this context."""


class Database:
    def __init__(self, dsn: str | Callable[[], str]) -> None:
        self._dsn = dsn
        self._idle: list[psycopg.Connection[Any]] = []
        self._lock = Lock()

    @contextmanager
    def tenant_session(
        self, tenant_id: UUID, *, user_id: UUID | str | None = None
    ) -> Iterator[Session]:
        """Raises `DatabaseBusy` when the database can't be had, loses a deadlock or takes too long."""
        whose = Whose(tenant=str(UUID(str(tenant_id))), user=str(user_id or ""))
        unit = UNIT.get()
        if unit is not None and unit.tenant_id == whose.tenant:
            if whose.user and whose.user != unit.user_id:
                unit.become(user=whose.user)
            yield unit
            return
        with self._session(whose) as session:
            yield session

    @contextmanager
    def person_session(self, user_id: UUID) -> Iterator[Session]:
        """The rows of a person, in whichever organizations they are."""
        with self._session(Whose(user=str(UUID(str(user_id))))) as session:
            yield session

    @contextmanager
    def session_presenting(self, *, identity: str = "", token: str = "") -> Iterator[Session]:
        """The one row that an identity (`email:…`) or a token's SHA-256 leads to."""
        with self._session(Whose(identity=identity, token=token)) as session:
            yield session

    @contextmanager
    def session_outside_tenants(self) -> Iterator[Session]:
        """For the functions of docs/database.md that find a tenant; every tenant table refuses to answer here."""
        with self._session(Whose()) as session:
            yield session

    @contextmanager
    def unit(self, tenant_id: UUID) -> Iterator[Session]:
        """Every session of this tenant that is opened inside is this one: all of it is kept, or nothing."""
        with self.tenant_session(tenant_id) as session:
            mark = UNIT.set(session)
            try:
                yield session
            finally:
                UNIT.reset(mark)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _session(self, whose: Whose) -> Iterator[Session]:
        with errors_named():
            connection = self._begin(whose)
            session = Session(connection, whose)
            try:
                yield session
                connection.commit()
            except BaseException:
                with suppress(psycopg.Error):
                    connection.rollback()
                raise
            finally:
                self._give_back(connection)
        session.is_kept()

    def _begin(self, whose: Whose) -> psycopg.Connection[Any]:
        """A connection whose transaction has begun with its settings set."""
        while (kept := self._kept()) is not None:
            try:
                psycopg.ClientCursor(kept).execute(whose.beginning, asdict(whose))
                return kept
            except psycopg.OperationalError:
                kept.close()
        fresh = self._connect()
        try:
            psycopg.ClientCursor(fresh).execute(whose.beginning, asdict(whose))
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
