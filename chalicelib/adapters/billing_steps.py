"""Steps of billing and nightly comparisons, in PostgreSQL.

In: a `Database`, what Stripe said. Out: how an organization stands, which of its apps rest. Callers: the jobs `billing`,
`reconcile` and `purge`, by way of `wires_billing.py`. Implements `billing.stepping.Steps`, `billing.reconciling.Comparisons`
and `billing.closing.Accounts`. The surprise: a step holds a lock of its own for as long as it talks to others, and the
account's only for moments, so no event waits for Stripe or for a container.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters import billing_rows as rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.billing_held import BY, PostgresHeld, hold
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.reconciling import Difference, Kept, compared, differing
from chalicelib.billing.records import Account, Standing
from chalicelib.billing.stepping import Reason, Restated, Truth
from chalicelib.errors import Conflict

PATIENCE_S: Final = 20
ALONE_AT_MOST: Final = "330s"
"""Longer than the job's Lambda may take: its transaction waits, holding nothing but this lock, while others are asked."""
ALONE: Final = """
select set_config('lock_timeout', %(patience)s, true) as done,
    set_config('idle_in_transaction_session_timeout', %(most)s, true) as most,
    pg_advisory_xact_lock(hashtextextended('billing step ' || %(tenant_id)s, 0))::text as locked
"""
ACCOUNT: Final = """
select account.customer_id, account.is_live, account.test_clock_id, account.customer_deleted_at, account.step_due_at,
    (
        select min(owed.made_at) from platform.invoices as owed
        where owed.tenant_id = account.tenant_id and owed.status in ('open', 'uncollectible')
    ) as owes_since
from platform.billing_accounts as account
join platform.organizations as organization on organization.tenant_id = account.tenant_id
where account.tenant_id = %(tenant_id)s and (organization.deleted_at is null or %(is_deleted_too)s)
"""
REST: Final = """
update platform.billing_accounts set apps_rest_at = coalesce(apps_rest_at, now()) where tenant_id = %(tenant_id)s
"""
# What went live since then was made on the plan that it has now.
TO_REST: Final = """
select app.slug from platform.apps as app
join platform.generations as live on live.tenant_id = app.tenant_id and live.id = app.live_generation_id
join platform.billing_accounts as account on account.tenant_id = app.tenant_id
where app.tenant_id = %(tenant_id)s and live.ended_at <= account.apps_rest_at
order by app.number
"""
RESTS: Final = """
select apps_rest_at as at from platform.billing_accounts
where tenant_id = %(tenant_id)s and apps_rest_at is not null
"""
TO_WAKE: Final = """
select slug from platform.apps
where tenant_id = %(tenant_id)s and live_generation_id is not null and deleted_at is null
order by number
"""
WOKEN: Final = (
    "update platform.billing_accounts set apps_rest_at = null where tenant_id = %(tenant_id)s"
)
COMPARED: Final = """
update platform.billing_accounts set reconciled_at = now(), test_clock_id = %(test_clock_id)s
where tenant_id = %(tenant_id)s
"""
ACCOUNTS_AFTER: Final = """
select organization_id as tenant_id, customer_id from platform.billing_accounts_after(%(after)s, %(most)s)
order by customer_id
"""


@dataclass(frozen=True)
class Done:
    done: str
    most: str
    locked: str


@dataclass(frozen=True)
class AppSlug:
    slug: str


@dataclass(frozen=True)
class Rests:
    at: datetime


@dataclass(frozen=True)
class KnownAccount:
    tenant_id: UUID
    customer_id: str


class PostgresSteps:
    def __init__(self, database: Database, outbox: Outbox, *, patience_s: int = PATIENCE_S) -> None:
        self._database = database
        self._outbox = outbox
        self._patience = f"{patience_s}s"

    @contextmanager
    def alone(self, tenant_id: UUID) -> Iterator[None]:
        with self._database.tenant_session(tenant_id) as session:
            session.one(Done, ALONE, patience=self._patience, most=ALONE_AT_MOST)
            yield

    def account(self, tenant_id: UUID) -> Account | None:
        return self._account(tenant_id, is_deleted_too=False)

    def last_account(self, tenant_id: UUID) -> Account | None:
        return self._account(tenant_id, is_deleted_too=True)

    def hear(self, tenant_id: UUID, truth: Truth, *, seen: datetime | None) -> Restated:
        with self._holding(tenant_id) as (_, held):
            waits = held.account.step_due_at
            is_asked_since = waits is not None and waits <= _now() and waits != seen
            _keep(held, truth)
            _, standing = held.restate(at=truth.now)
            is_answered = not held.is_doubtful and not is_asked_since
            return Restated(
                standing=standing, answers=held.account.step_due_at if is_answered else None
            )

    def settled(self, tenant_id: UUID, answers: datetime | None) -> None:
        with self._holding(tenant_id) as (_, held):
            held.restate(settles=answers)

    def ended(self, tenant_id: UUID, fetched: Fetched, reason: Reason, now: datetime) -> Standing:
        with self._holding(tenant_id) as (session, held):
            held.keep_fetched(fetched)
            _, standing = held.restate(at=now)
            record(
                session,
                BY,
                "billing.subscription_ended",
                tenant_id,
                subscription_id=fetched.subscription.id,
                reason=reason,
            )
            return standing

    def rest(self, tenant_id: UUID) -> list[str]:
        with self._database.tenant_session(tenant_id) as session:
            session.run(REST)
            return [one.slug for one in session.all(AppSlug, TO_REST)]

    def resting(self, tenant_id: UUID) -> list[str] | None:
        with self._database.tenant_session(tenant_id) as session:
            if session.one(Rests, RESTS) is None:
                return None
            return [one.slug for one in session.all(AppSlug, TO_WAKE)]

    def woken(self, tenant_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(WOKEN)

    def mend(
        self,
        tenant_id: UUID,
        customer: Customer,
        truth: Truth,
        unmendable: Sequence[Difference],
    ) -> tuple[list[Difference], Standing]:
        with self._holding(tenant_id) as (session, held):
            found = compared(held.account, customer, _kept(session, truth), truth)
            found += unmendable
            if customer.is_deleted and held.account.customer_deleted_at is None:
                held.customer_deleted(truth.now)
            clock = held.account.test_clock_id if customer.is_deleted else customer.test_clock_id
            session.run(COMPARED, test_clock_id=clock)
            _keep(held, truth)
            before, standing = held.restate(at=truth.now)
            found += differing("organization", asdict(before), asdict(standing))
            if found:
                said = [asdict(one) for one in found]
                record(session, BY, "billing.reconciled", tenant_id, differences=said)
            return found, standing

    def accounts_after(self, after: str, most: int) -> list[KnownAccount]:
        """Of all organizations, by customer."""
        with self._database.session_outside_tenants() as session:
            return session.all(KnownAccount, ACCOUNTS_AFTER, after=after, most=most)

    def _account(self, tenant_id: UUID, *, is_deleted_too: bool) -> Account | None:
        with self._database.tenant_session(tenant_id) as session:
            return session.one(Account, ACCOUNT, is_deleted_too=is_deleted_too)

    @contextmanager
    def _holding(self, tenant_id: UUID) -> Iterator[tuple[Session, PostgresHeld]]:
        with self._database.tenant_session(tenant_id) as session:
            held = hold(session, self._outbox, _now())
            if held is None:
                raise Conflict("It has no account any more.")
            yield session, held


def _keep(held: PostgresHeld, truth: Truth) -> None:
    for fetched in truth.subscriptions:
        held.keep_fetched(fetched)
    for invoice, moment in truth.invoices:
        held.keep_invoice(invoice, moment)


def _kept(session: Session, truth: Truth) -> Kept:
    known = {invoice.id: rows.invoice(session, invoice.id) for invoice, _ in truth.invoices}
    return Kept(
        subscriptions={one.subscription.id: one for one in rows.subscriptions(session)},
        invoices={id_: found for id_, found in known.items() if found},
    )


def _now() -> datetime:
    return datetime.now(UTC)
