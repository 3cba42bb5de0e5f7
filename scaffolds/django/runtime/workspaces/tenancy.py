"""Which workspace this piece of work belongs to.

The truth lives in the database: a setting local to the transaction, which the row-level policies of every business
table read. The context variable beside it lets Python fill in `tenant` on new rows.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

ENTER = (
    "select set_config('app.current_tenant_id', %s, true), "
    "set_config('app.current_user_id', %s, true)"
)
NAME_ACTION = "select set_config('app.current_action', %s, true)"


class NoActiveWorkspace(LookupError):
    """Business data was written outside any workspace. Wrap the work in `tenant_scope(workspace)`."""


@dataclass(frozen=True)
class Scope:
    tenant_id: UUID | None = None
    user_id: int | None = None
    membership: models.Model | None = None


NOWHERE = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=NOWHERE)


def current_tenant_id():
    """The active workspace's id, or None."""
    return _scope.get().tenant_id


def current_user_id():
    return _scope.get().user_id


def current_membership():
    """Who asks, in the role they have here; None outside a request."""
    return _scope.get().membership


def require_tenant_id():
    if tenant_id := current_tenant_id():
        return tenant_id
    raise NoActiveWorkspace("No workspace is active here.")


@contextmanager
def tenant_scope(workspace, user=None, using=DEFAULT_DB_ALIAS, membership=None):
    """Run a block as one workspace, in one transaction whose first statement names the workspace."""
    connection = connections[using]
    is_nested = connection.in_atomic_block
    scope = Scope(workspace.pk, getattr(user, "pk", None), membership)
    with transaction.atomic(using=using):
        _announce(connection, scope)
        outer = _scope.set(scope)
        try:
            yield workspace
        finally:
            _scope.reset(outer)
            if is_nested and not connection.needs_rollback:
                _announce(connection, _scope.get())


def _announce(connection, scope):
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [str(scope.tenant_id or ""), str(scope.user_id or "")])


@contextmanager
def named_action(name, using=DEFAULT_DB_ALIAS):
    """Changes made inside are written to the audit trail under this name (a workflow's transition)."""
    with connections[using].cursor() as cursor:
        cursor.execute(NAME_ACTION, [name])
    yield
    with connections[using].cursor() as cursor:
        cursor.execute(NAME_ACTION, [""])


class CurrentTenant(models.Expression):
    """The active workspace as the database knows it. Evaluated when the query runs, not when it is built."""

    output_field = models.UUIDField()

    def as_sql(self, compiler, connection):
        return "(select current_setting('app.current_tenant_id', true)::uuid)", []
