"""The nightly comparison of what we believe with what is true at Stripe: what differs is said, and mended.

In: what is kept, what Stripe said. Out: `Difference`s, one for each field. Callers: the job `reconcile`. The surprise: mending
is hearing. What was fetched is kept by the same rule as what an event tells, so a comparison that is overtaken by an event
changes nothing back; only what a meter counted is reported and left to people, because telling it again might bill twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from chalicelib.billing.metering import Payer, minute_of
from chalicelib.billing.periods import period_at
from chalicelib.billing.ports import Books, Customer, Fetched, Meters
from chalicelib.billing.price_ids import METERS, Meter
from chalicelib.billing.records import Account, Invoice, Moment, Standing
from chalicelib.billing.stepping import Truth, truth_of
from chalicelib.errors import NotFound
from chalicelib.log import log

PASSING: Final = frozenset({"page_url", "pdf_url", "needs_action"})
"""Addresses that Stripe makes anew whenever it likes, and what events alone tell of."""
METERS_LAG: Final = timedelta(hours=1)
"""Stripe counts meter events a while after it took them."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`kept` is None for a thing that we did not know, `at_stripe` for one that Stripe does not know."""

    of: str
    """`subscription sub_…`, `invoice in_…`, `customer cus_…`, `meter tokens`, or `organization`: how it stands."""
    field: str
    kept: str | None
    at_stripe: str | None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What we believed, each with the moment it is of."""

    subscriptions: Mapping[str, Fetched]
    invoices: Mapping[str, tuple[Invoice, Moment]]


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    differences: tuple[Difference, ...]
    standing: Standing | None
    """None where there is nobody to compare."""


class Comparisons(Protocol):
    def account(self, tenant_id: UUID) -> Account | None: ...

    def mend(
        self,
        tenant_id: UUID,
        customer: Customer,
        truth: Truth,
        unmendable: Sequence[Difference],
    ) -> tuple[list[Difference], Standing]:
        """In one transaction: compares with what is kept by then, keeps what is true, makes the standing anew, and writes
        all that differed into the audit log."""


class Sums(Protocol):
    """Of `metering.MeterRows`."""

    def payer(self, tenant_id: UUID) -> Payer | None: ...

    def sent_within(
        self, tenant_id: UUID, meter: Meter, since: datetime, until: datetime
    ) -> int: ...


def reconcile(
    tenant_id: UUID, *, comparisons: Comparisons, books: Books, sums: Sums, meters: Meters
) -> Reconciled:
    account = comparisons.account(tenant_id)
    if account is None:
        return Reconciled(differences=(), standing=None)
    customer = books.customer_now(account.customer_id)
    truth = truth_of(as_is(account, customer, books), books)
    counted = [] if customer.is_deleted else metered(tenant_id, truth.now, sums, meters)
    found, standing = comparisons.mend(tenant_id, customer, truth, counted)
    for one in found:
        log.warning("billing_drift", extra={"tenant_id": str(tenant_id), **asdict(one)})
    return Reconciled(differences=tuple(found), standing=standing)


def as_is(account: Account, customer: Customer, books: Books) -> Account:
    """With what may have changed at Stripe without our hearing of it. Of a deleted customer Stripe tells nothing else."""
    if not customer.is_deleted:
        return replace(account, test_clock_id=customer.test_clock_id, customer_deleted_at=None)
    return replace(account, customer_deleted_at=account.customer_deleted_at or _now(account, books))


def _now(account: Account, books: Books) -> datetime:
    """A test clock takes its customers with it."""
    with suppress(NotFound):
        return books.now(account.test_clock_id)
    return books.now(None)


def metered(tenant_id: UUID, now: datetime, sums: Sums, meters: Meters) -> list[Difference]:
    """Of the present period, as far as Stripe must have counted."""
    payer = sums.payer(tenant_id)
    if payer is None:
        return []
    since, until = minute_of(period_at(payer, now).started_at), minute_of(now - METERS_LAG)
    found = []
    for meter in METERS if since < until else ():
        if sent := sums.sent_within(tenant_id, meter, since, until):
            total = meters.total(payer.customer_id, meter, since, until)
            found += differing(f"meter {meter}", {"total": sent}, {"total": total})
    return found


def compared(account: Account, customer: Customer, kept: Kept, truth: Truth) -> list[Difference]:
    """What Stripe knows of now and we do not, or know otherwise. What we heard since it was asked is no difference."""
    clock = account.test_clock_id if customer.is_deleted else customer.test_clock_id
    found = differing(
        f"customer {account.customer_id}",
        {
            "is_deleted": account.customer_deleted_at is not None,
            "test_clock": account.test_clock_id,
        },
        {"is_deleted": customer.is_deleted, "test_clock": clock},
    )
    for fetched in truth.subscriptions:
        known = kept.subscriptions.get(fetched.subscription.id)
        if known is None or known.moment < fetched.moment:
            name = f"subscription {fetched.subscription.id}"
            found += differing(name, _told(known) if known else None, _told(fetched))
    for invoice, moment in truth.invoices:
        had = kept.invoices.get(invoice.id)
        if had is None or had[1] < moment:
            name = f"invoice {invoice.id}"
            found += differing(name, asdict(had[0]) if had else None, asdict(invoice))
    return found


def differing(
    of: str, kept: Mapping[str, Any] | None, at_stripe: Mapping[str, Any]
) -> list[Difference]:
    """One that we did not know at all is one difference, by its state."""
    if kept is None:
        status = at_stripe.get("status")
        return [Difference(of=of, field="status", kept=None, at_stripe=_text(status))]
    return [
        Difference(of=of, field=name, kept=_text(kept.get(name)), at_stripe=_text(value))
        for name, value in at_stripe.items()
        if name not in PASSING and kept.get(name) != value
    ]


def _told(fetched: Fetched) -> dict[str, Any]:
    pending = {"pending_plan": fetched.pending_plan, "pending_at": fetched.pending_at}
    return {**asdict(fetched.subscription), **pending}


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)
