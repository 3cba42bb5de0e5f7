"""What organizations pay for, in memory, as real code: Stripe as the ports see it, and what is kept of it here.

`Till` is Stripe: `pays` and `declines` are what a person does on its pages. What it knows reaches the `Ledger` only when a
use case asks, or when a test lets an event arrive with `tells`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.billing.ledger import Known
from chalicelib.billing.ports import ChangePreview, Customer, Fetched
from chalicelib.billing.quota import OnPlan
from chalicelib.billing.records import (
    FETCHED,
    Account,
    Checkout,
    Invoice,
    Moment,
    PaymentMethod,
    Standing,
    Subscription,
)
from chalicelib.billing.standing import debts, standing, unconfirmed
from chalicelib.billing.usage import Facts
from chalicelib.errors import Conflict, NotFound, PaymentDeclined
from chalicelib.tenancy.plans import TERMS
from tests.fakes_keys import page_of

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)
PERIOD = timedelta(days=30)
OPEN_FOR = timedelta(hours=24)


class Till:
    """Implements `Selling`, `Subscriptions` and `Books`. `fault` is raised by the next call that may raise it."""

    def __init__(self):
        self.now_is = BEGAN
        self.customers, self.checkouts, self.subscriptions, self.wishes = {}, {}, {}, {}
        self.pending, self.methods, self.asked = {}, {}, []
        self.card_is_good, self.faults = True, {}
        self._made_by, self._numbers, self._ticks = {}, itertools.count(1), itertools.count(1)

    # ---- a person on Stripe's pages ----

    def pays(self, checkout_id):
        """The id of the subscription."""
        page = self.checkouts[checkout_id]
        if page.status != "open":
            raise Conflict("This page is closed.")
        self.checkouts[checkout_id] = replace(page, status="complete", page_url=None)
        subscription_id = self.subscribes(self.wishes[checkout_id].customer_id, page.plan)
        self.lets_pay(subscription_id)
        return subscription_id

    def lets_pay(self, subscription_id):
        """A card is typed in."""
        owner, _ = self.subscriptions[subscription_id]
        self.methods[owner] = PaymentMethod(
            kind="card", label="visa •••• 4242", state="good", expires="2029-12"
        )

    def subscribes(self, customer_id, plan, **more):
        made = Subscription(
            **{
                "id": f"sub_{next(self._numbers)}",
                "status": "active",
                "price_id": f"price_{plan}",
                "plan": plan,
                "currency": "usd",
                "period_started_at": self.now_is,
                "period_ends_at": self.now_is + PERIOD,
                "began_at": self.now_is,
                **more,
            }
        )
        self.subscriptions[made.id] = (customer_id, made)
        return made.id

    def lets_it_expire(self, checkout_id):
        page = self.checkouts[checkout_id]
        self.checkouts[checkout_id] = replace(page, status="expired", page_url=None)

    # ---- selling ----

    def customer(self, tenant_id, *, name, email, locale, key):
        self._called("customer")
        made = self._once(
            key,
            (tenant_id, name, email, locale),
            lambda: Customer(id=f"cus_{next(self._numbers)}", is_live=False, test_clock_id=None),
        )
        self.customers[made.id] = {"name": name, "email": email, "locale": locale}
        return made

    def open_checkout(self, wish, *, key):
        self._called("open_checkout")

        def make():
            number = next(self._numbers)
            page = Checkout(
                id=f"cs_test_{number}",
                plan=wish.plan,
                status="open",
                page_url=f"https://pay.example/{number}",
                expires_at=datetime.now(UTC) + OPEN_FOR,
            )
            self.checkouts[page.id], self.wishes[page.id] = page, wish
            return page

        return self._once(key, wish, make)

    def checkout(self, checkout_id):
        self._called("checkout")
        return self._page(checkout_id)

    def expire_checkout(self, checkout_id):
        self._called("expire_checkout")
        if self._page(checkout_id).status == "open":
            self.lets_it_expire(checkout_id)
        return self._page(checkout_id)

    def portal_url(self, customer_id, *, locale, return_url):
        self._called("portal_url")
        return f"https://portal.example/{customer_id}?locale={locale}&back={return_url}"

    def payment_method(self, customer_id):
        self._called("payment_method")
        return self.methods.get(customer_id)

    # ---- subscriptions ----

    def preview(self, subscription_id, plan):
        self._called("preview")
        before = TERMS[self._subscription(subscription_id).plan].month_price
        return ChangePreview(amount_due=TERMS[plan].month_price - before, currency="usd")

    def change_now(self, subscription_id, plan, *, key):
        self._called("change_now")
        if not self.card_is_good:
            raise PaymentDeclined("The card was declined.", reason="card_declined", page_url=None)
        return self._set(subscription_id, plan=plan, price_id=f"price_{plan}")

    def change_at_period_end(self, subscription_id, plan, *, key):
        self._called("change_at_period_end")
        one = self._subscription(subscription_id)
        if one.is_ending:
            raise Conflict("It ends with the period.")
        self.pending[subscription_id] = plan
        return self._set(subscription_id, schedule_id="sub_sched_1")

    def end_at_period_end(self, subscription_id, *, key):
        self._called("end_at_period_end")
        one = self._subscription(subscription_id)
        if one.schedule_id:
            raise Conflict("It is managed by a schedule.")
        return self._set(subscription_id, is_ending=True, ends_at=one.period_ends_at)

    def go_on(self, subscription_id, *, key):
        self._called("go_on")
        self.pending.pop(subscription_id, None)
        return self._set(subscription_id, is_ending=False, ends_at=None, schedule_id=None)

    def end_now(self, subscription_id, *, key):
        self._called("end_now")
        return self._set(subscription_id, status="canceled", ended_at=self.now_is)

    # ---- books ----

    def subscriptions_of(self, customer_id):
        self._called("subscriptions_of")
        mine = [one.id for owner, one in self.subscriptions.values() if owner == customer_id]
        return [self._fetched(one) for one in reversed(mine)]

    def customer_now(self, customer_id):
        self._called("customer_now")
        is_deleted = customer_id not in self.customers
        return Customer(id=customer_id, is_live=False, test_clock_id=None, is_deleted=is_deleted)

    def invoices_of(self, customer_id, since):
        return []

    def now(self, test_clock_id):
        return self.now_is

    def close_customer(self, customer_id):
        self.customers.pop(customer_id, None)

    # ----

    def _called(self, name):
        self.asked.append(name)
        if fault := self.faults.pop(name, None):
            raise fault

    def _once(self, key, params, make):
        """As Stripe keeps them: the same key answers the same, another request under it is a mistake of ours."""
        if key in self._made_by:
            before, made = self._made_by[key]
            assert before == params, f"{key!r} came with another request"
            return made
        made = make()
        self._made_by[key] = (params, made)
        return made

    def _page(self, checkout_id):
        if checkout_id not in self.checkouts:
            raise NotFound("No such page.")
        return self.checkouts[checkout_id]

    def _subscription(self, subscription_id):
        return self.subscriptions[subscription_id][1]

    def _set(self, subscription_id, **values):
        owner, one = self.subscriptions[subscription_id]
        self.subscriptions[subscription_id] = (owner, replace(one, **values))
        return self._fetched(subscription_id)

    def _fetched(self, subscription_id):
        one = self._subscription(subscription_id)
        plan = self.pending.get(subscription_id)
        return Fetched(
            subscription=one,
            moment=Moment(BEGAN + timedelta(seconds=next(self._ticks)), 50, FETCHED),
            pending_plan=plan,
            pending_at=one.period_ends_at if plan else None,
        )


@dataclass
class Kept:
    """Of one organization."""

    account: Account | None = None
    subscriptions: dict = field(default_factory=dict)
    checkouts: dict = field(default_factory=dict)
    invoices: list = field(default_factory=list)
    overage_generations_max: int = 0
    looks_again: bool = False
    standing: Standing | None = None
    """What a test says; otherwise what is known gives."""
    now: datetime = BEGAN


class Ledger:
    """`lines` is the audit log of it."""

    def __init__(self):
        self.of, self.lines, self.told_prices = {}, [], []

    def __getitem__(self, tenant_id):
        return self.of.setdefault(tenant_id, Kept())

    def known(self, tenant_id):
        kept = self[tenant_id]
        subscriptions = [one.subscription for one in kept.subscriptions.values()]
        return Known(
            account=kept.account,
            standing=kept.standing or standing(subscriptions, kept.invoices, kept.now),
            subscriptions=tuple(kept.subscriptions.values()),
            owed=tuple(debts(subscriptions, kept.invoices)),
            unconfirmed=unconfirmed(kept.invoices),
            checkouts=tuple(reversed(kept.checkouts.values())),
            overage_generations_max=kept.overage_generations_max,
        )

    def open_account(self, tenant_id, customer):
        kept = self[tenant_id]
        if kept.account is None or kept.account.customer_deleted_at:
            kept.account = Account(
                customer_id=customer.id,
                is_live=customer.is_live,
                test_clock_id=customer.test_clock_id,
            )
        return kept.account

    def customer_is_gone(self, tenant_id, customer_id):
        kept = self[tenant_id]
        if kept.account.customer_id == customer_id and kept.account.customer_deleted_at is None:
            kept.account = replace(kept.account, customer_deleted_at=kept.now)
            kept.subscriptions.clear()

    def keep_checkout(self, tenant_id, checkout, *, by):
        kept = self[tenant_id]
        others = [one for one in kept.checkouts.values() if one.status == "open"]
        kept.checkouts.setdefault(checkout.id, checkout)
        self.lines.append((by, "billing.checkout_opened"))
        return [one for one in others if one.id != checkout.id]

    def close_checkout(self, tenant_id, checkout):
        if self[tenant_id].checkouts[checkout.id].status == "open":
            self[tenant_id].checkouts[checkout.id] = checkout

    def hear(self, tenant_id, fetched, *, by, action=None):
        kept = self[tenant_id].subscriptions
        for one in fetched:
            before = kept.get(one.subscription.id)
            if before is None or before.moment <= one.moment:
                kept[one.subscription.id] = one
        if action:
            self.lines.append((by, action))

    def look_again(self, tenant_id):
        self[tenant_id].looks_again = True

    def allow_overage(self, tenant_id, generations_max, *, by):
        self[tenant_id].overage_generations_max = generations_max
        self.lines.append((by, "billing.overage_changed"))

    def invoices(self, tenant_id, *, cursor, limit):
        mine = [one for one in self[tenant_id].invoices if one.status != "draft"]
        return page_of(mine[::-1], cursor, limit)

    def prices(self):
        return self.told_prices

    def tells(self, tenant_id, till):
        """An event arrived."""
        account = self[tenant_id].account
        self.hear(tenant_id, till.subscriptions_of(account.customer_id), by="system:stripe")


class Consumption:
    """What was used and billed, as a test says it: `known` of the present period unless of another beginning."""

    def __init__(self, quotas):
        self._quotas, self.known, self.periods = quotas, {}, {}

    def uses(self, tenant_id, *facts, events=(), started_at=None):
        self.known[tenant_id, started_at] = facts, events
        if started_at:
            self.periods.setdefault(tenant_id, []).insert(0, started_at)

    def facts(self, tenant_id, started_at, now):
        here = OnPlan(
            plan=self._quotas(tenant_id).plan,
            billing_state="current",
            period_started_at=None,
            period_ends_at=None,
            overage_generations_max=0,
        )
        periods = self.periods.get(tenant_id, [])
        if started_at and started_at not in periods:
            raise NotFound("There is no period that began then.")
        facts, events = self.known.get((tenant_id, started_at), ((), ()))
        return Facts(here=here, facts=facts, events=events, periods=periods)


def invoice(number=1, **more):
    """One that was not paid."""
    return Invoice(
        **{
            "id": f"in_{number}",
            "subscription_id": "sub_1",
            "number": f"F-{number:04}",
            "status": "open",
            "reason": "subscription_cycle",
            "currency": "usd",
            "total": 2900,
            "amount_due": 2900,
            "amount_paid": 0,
            "amount_remaining": 2900,
            "attempts": 1,
            "next_attempt_at": BEGAN + timedelta(days=3),
            "made_at": BEGAN,
            "finalized_at": BEGAN,
            "paid_at": None,
            "period_started_at": BEGAN,
            "period_ends_at": BEGAN + PERIOD,
            "page_url": f"https://invoice.example/{number}",
            "pdf_url": f"https://invoice.example/{number}.pdf",
            **more,
        }
    )
