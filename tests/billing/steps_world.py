"""An organization that pays, what is kept of it and what Stripe says, in memory: for steps and comparisons."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chalicelib.billing.newest import fetched_moment
from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.reconciling import Kept, compared
from chalicelib.billing.records import Account, Invoice, Subscription
from chalicelib.billing.standing import standing
from chalicelib.billing.stepping import Restated
from chalicelib.errors import CloudBusy

HERE = UUID("8b9a2f6c-1c11-4a57-8f65-0b6a7f0a6d10")
BEGAN = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACCOUNT = Account(customer_id="cus_1", is_live=False, test_clock_id="clock_1")
SUBSCRIPTION = Subscription(
    id="sub_1",
    status="active",
    price_id="price_pro",
    plan="pro",
    currency="usd",
    period_started_at=BEGAN,
    period_ends_at=BEGAN + 30 * DAY,
    began_at=BEGAN,
)
INVOICE = Invoice(
    id="in_1",
    subscription_id="sub_1",
    number="A-1",
    status="open",
    reason="subscription_cycle",
    currency="usd",
    total=9900,
    amount_due=9900,
    amount_paid=0,
    amount_remaining=9900,
    attempts=1,
    next_attempt_at=None,
    made_at=BEGAN,
    finalized_at=BEGAN,
    paid_at=None,
    period_started_at=BEGAN,
    period_ends_at=BEGAN + 30 * DAY,
)


class Stripe:
    """Books, subscriptions and meters of one customer."""

    def __init__(self, *subscriptions, invoices=(), now=BEGAN):
        self.subscriptions = {one.id: one for one in subscriptions}
        self.invoices = {one.id: one for one in invoices}
        self.time, self.ended, self.totals, self.asked = now, [], {}, 0
        self.customer = Customer(id="cus_1", is_live=False, test_clock_id="clock_1")

    def now(self, test_clock_id):
        return self.time

    def customer_now(self, customer_id):
        return self.customer

    def subscriptions_of(self, customer_id):
        self.asked += 1
        return [self.fetched(one) for one in self.subscriptions.values()]

    def invoices_of(self, customer_id, since):
        return [
            (one, fetched_moment(one, self.time))
            for one in self.invoices.values()
            if one.made_at >= since
        ]

    def end_now(self, subscription_id, *, key):
        self.ended.append(subscription_id)
        one = replace(self.subscriptions[subscription_id], status="canceled", ended_at=self.time)
        self.subscriptions[subscription_id] = one
        return self.fetched(one)

    def total(self, customer_id, meter, since, until):
        return self.totals.get(meter, 0)

    def fetched(self, one):
        return Fetched(subscription=one, moment=fetched_moment(one, self.time))


class Steps:
    """`Steps` and `Comparisons`, over dictionaries."""

    def __init__(self, account=ACCOUNT, live=("clinic", "shop")):
        self._account, self.live = account, list(live)
        self.kept, self.invoices = {}, {}
        self.rested, self.written, self.is_stepping = None, [], False
        self.standing, self.is_settled = None, False

    @contextmanager
    def alone(self, tenant_id):
        assert not self.is_stepping
        self.is_stepping = True
        try:
            yield
        finally:
            self.is_stepping = False

    def account(self, tenant_id):
        return self._account

    def hear(self, tenant_id, truth, *, seen):
        for fetched in truth.subscriptions:
            known = self.kept.get(fetched.subscription.id)
            if known is None or known.moment < fetched.moment:
                self.kept[fetched.subscription.id] = fetched
        for invoice, moment in truth.invoices:
            known = self.invoices.get(invoice.id)
            if known is None or known[1] < moment:
                self.invoices[invoice.id] = (invoice, moment)
        subscriptions = [one.subscription for one in self.kept.values()]
        invoices = [invoice for invoice, _ in self.invoices.values()]
        self.standing = standing(subscriptions, invoices, truth.now)
        self.is_settled = False
        return Restated(standing=self.standing, answers=seen)

    def settled(self, tenant_id, answers):
        self.is_settled = True

    def ended(self, tenant_id, fetched, reason, now):
        self.written.append((fetched.subscription.id, reason))
        self.kept[fetched.subscription.id] = fetched
        subscriptions = [one.subscription for one in self.kept.values()]
        invoices = [invoice for invoice, _ in self.invoices.values()]
        self.standing = standing(subscriptions, invoices, now)
        return self.standing

    def rest(self, tenant_id):
        self.rested = self.rested or list(self.live)
        return self.rested

    def resting(self, tenant_id):
        return None if self.rested is None else list(self.live)

    def woken(self, tenant_id):
        self.rested = None

    def mend(self, tenant_id, customer, truth, unmendable):
        kept = Kept(subscriptions=dict(self.kept), invoices=dict(self.invoices))
        found = [*compared(self._account, customer, kept, truth), *unmendable]
        return found, self.hear(tenant_id, truth, seen=None).standing


class Apps:
    def __init__(self):
        self.asleep, self.calls, self.busy = set(), [], 0

    def rest(self, slugs):
        self._happens("rest", slugs)
        self.asleep |= set(slugs)

    def wake(self, slugs):
        self._happens("wake", slugs)
        self.asleep -= set(slugs)

    def _happens(self, what, slugs):
        self.calls.append(what)
        if self.busy:
            self.busy -= 1
            raise CloudBusy("ECS is away")
