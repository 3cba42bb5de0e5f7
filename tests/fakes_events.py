"""Events of Stripe and what they change, in memory: `billing.hearing` as real code.

`Events.hearing` is a transaction: whatever is raised inside leaves everything as it was. `broken_after` breaks it as a
database that goes away does, once so many calls were made.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.billing.newest import is_doubtful
from chalicelib.billing.records import Account, Standing
from chalicelib.billing.standing import counting, standing

FREE = Standing(
    plan="free", state="current", state_ends_at=None, period_started_at=None, period_ends_at=None
)


@dataclass
class Book:
    """What is kept of one organization: the newest of each thing, with its moment."""

    account: Account
    subscriptions: dict = field(default_factory=dict)
    invoices: dict = field(default_factory=dict)
    action_attempts: dict = field(default_factory=dict)
    payments: dict = field(default_factory=dict)
    disputes: dict = field(default_factory=dict)
    checkouts: dict = field(default_factory=dict)
    standing: Standing = FREE
    letters: list = field(default_factory=list)


class Held:
    def __init__(self, tenant_id, book, now):
        self.tenant_id, self._book, self._now = tenant_id, book, now
        self.is_doubtful, self.has_letters = False, False

    @property
    def account(self):
        return self._book.account

    def knows(self, subscription_id):
        return subscription_id in self._book.subscriptions

    def keep_subscription(self, told, moment):
        self._keep(self._book.subscriptions, told, moment)

    def keep_invoice(self, told, moment):
        if told.needs_action:
            known = self._book.action_attempts.get(told.id, 0)
            self._book.action_attempts[told.id] = max(known, told.attempts)
        self._keep(self._book.invoices, told, moment)

    def keep_payment(self, told, moment):
        self._keep(self._book.payments, told, moment)

    def keep_dispute(self, told, moment):
        self._keep(self._book.disputes, told, moment)

    def close_checkout(self, checkout_id, status, at):
        if self._book.checkouts.get(checkout_id) == "open":
            self._book.checkouts[checkout_id] = status

    def customer_deleted(self, at):
        known = self._book.account.customer_deleted_at
        self._book.account = replace(
            self._book.account, customer_deleted_at=min(at, known) if known else at
        )

    def look_again(self):
        self.is_doubtful = True

    def tell(self, notices):
        told = list(notices)
        self._book.letters += told
        self.has_letters = self.has_letters or bool(told)

    def restate(self, *, at=None):
        before, book = self._book.standing, self._book
        known, invoices = counting(
            [told for told, _ in book.subscriptions.values()],
            [told for told, _ in book.invoices.values()],
            book.account.customer_deleted_at,
        )
        book.standing = standing(known, invoices, self._now)
        return before, book.standing

    def _keep(self, known, told, moment):
        there = known.get(told.id)
        if there and is_doubtful(*there, told, moment):
            self.look_again()
        if there is None or there[1] <= moment:
            known[told.id] = (told, moment)


@dataclass
class Heard:
    events: Events
    is_new: bool
    held: Held | None

    def note_price(self, told, event):
        known = self.events.price_notes.get(told.id)
        moment = (event.happened_at, event.id)
        if known is None or known[1] < moment:
            self.events.price_notes[told.id] = (told, moment)


SIGNED_WITH = "whsec_new"


class Secret:
    """Of Stripe's test mode, while the secret that events are signed with is being changed."""

    def current(self):
        return StripeSecret("sk_test_1", (SIGNED_WITH, "whsec_old"))

    newer = current


class Events:
    def __init__(self, now):
        self.now = now
        self.heard, self.books, self.price_notes = {}, {}, {}
        self.broken = None

    def opens(self, tenant_id, customer_id, **more):
        account = Account(customer_id=customer_id, is_live=False, test_clock_id=None)
        self.books[tenant_id] = Book(replace(account, **more))

    @contextmanager
    def hearing(self, event):
        before = copy.deepcopy((self.heard, self.books, self.price_notes))
        try:
            is_new = event.id not in self.heard
            whose = self._whose(event.customer_id) if is_new else None
            self.heard.setdefault(event.id, event.kind)
            held = Held(whose, self.books[whose], self.now) if whose else None
            yield Heard(self, is_new, held)
            if self.broken:
                raise self.broken
        except BaseException:
            self.heard, self.books, self.price_notes = before
            raise

    def _whose(self, customer_id):
        found = [
            tenant for tenant, book in self.books.items() if book.account.customer_id == customer_id
        ]
        return found[0] if found else None
