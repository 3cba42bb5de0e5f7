"""One organization's billing, held by one transaction: what Stripe told is kept, and how it stands is made anew.

In: an open session of the tenant. Out: rows, a line in the audit log, letters, how it stands now. Callers: `billing_ledger.py`,
`billing_steps.py`, `stripe_event_store.py`. Implements `billing.hearing.Held`. The surprise: the row of `billing_accounts` is the lock, taken
before any other; and a customer who lives by a test clock stands by the latest time that is known of it, not by ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chalicelib.adapters import billing_rows as rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.billing_letters import tell
from chalicelib.adapters.database import Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.billing.letters import Notice, letters_for, owing, subscription_letters
from chalicelib.billing.newest import is_doubtful
from chalicelib.billing.ports import Fetched
from chalicelib.billing.records import (
    Account,
    Dispute,
    Invoice,
    Moment,
    Payment,
    Standing,
    Subscription,
)
from chalicelib.billing.standing import counting, debts, looked_at_next, standing
from chalicelib.billing.stepping import is_step_needed
from chalicelib.errors import NotFound
from chalicelib.tenancy.audit import Action

BY: Final = "system:billing"
CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Whoever asked for a step may have looked at a later clock, or at a later moment, than who held the account after them."""
CLOCK_LOOKED_AT: Final = timedelta(minutes=1)
"""A test clock jumps, and nobody tells whose customers live by it."""

HOLD: Final = """
select customer_id, is_live, test_clock_id, customer_deleted_at, step_due_at, test_clock_at,
    counts_from_at, apps_rest_at
from platform.billing_accounts where tenant_id = %(tenant_id)s
for no key update
"""
STANDING: Final = """
select plan, billing_state as state, billing_state_ends_at as state_ends_at, period_started_at, period_ends_at
from platform.organizations where tenant_id = %(tenant_id)s
"""
STANDS: Final = """
select platform.organization_stands(
    %(plan)s, %(state)s, %(state_ends_at)s, %(period_started_at)s, %(period_ends_at)s
)::text as done
"""
DUE: Final = """
update platform.billing_accounts set step_due_at = %(step_due_at)s, test_clock_at = %(test_clock_at)s
where tenant_id = %(tenant_id)s
"""
CUSTOMER_DELETED: Final = """
update platform.billing_accounts set customer_deleted_at = least(customer_deleted_at, %(at)s)
where tenant_id = %(tenant_id)s
"""
CLOSE_CHECKOUT: Final = """
update platform.checkouts set status = %(status)s, page_url = null, ended_at = %(at)s
where tenant_id = %(tenant_id)s and id = %(id)s and status = 'open'
"""


@dataclass(frozen=True, kw_only=True)
class HeldAccount(Account):
    test_clock_at: datetime | None
    counts_from_at: datetime | None
    apps_rest_at: datetime | None = None

    @property
    def counts_since(self) -> datetime | None:
        """What is older was a former customer's; None for all of it."""
        return self.customer_deleted_at or self.counts_from_at


@dataclass(frozen=True)
class Done:
    done: str


class PostgresHeld:
    def __init__(
        self, session: Session, outbox: Outbox, account: HeldAccount, now: datetime
    ) -> None:
        """`now` is ours, whatever clock the customer lives by."""
        self._session = session
        self._outbox = outbox
        self._now = now
        self._known = {one.subscription.id: one for one in rows.subscriptions(session)}
        self.account = account
        self.is_doubtful = False
        """Whether Stripe is to be asked how things are."""
        self.has_letters = False
        """Whether the post is worth a nudge."""

    @property
    def tenant_id(self) -> UUID:
        return UUID(self._session.tenant_id)

    # ---- what was told ----

    def knows(self, subscription_id: str) -> bool:
        return subscription_id in self._known

    def keep_subscription(self, told: Subscription, moment: Moment) -> None:
        known = self._known.get(told.id)
        if known and is_doubtful(known.subscription, known.moment, told, moment):
            self.look_again()
        if rows.keep_subscription(self._session, told, moment):
            pending = (known.pending_plan, known.pending_at) if known else (None, None)
            self._known[told.id] = Fetched(
                subscription=told, moment=moment, pending_plan=pending[0], pending_at=pending[1]
            )
            self.tell(subscription_letters(known.subscription if known else None, told))

    def keep_fetched(self, fetched: Fetched) -> None:
        """What was asked for knows what is to change, too."""
        known = self._known.get(fetched.subscription.id)
        told, moment = fetched.subscription, fetched.moment
        if known and is_doubtful(known.subscription, known.moment, told, moment):
            self.look_again()
        if rows.keep_subscription(self._session, told, moment):
            rows.keep_pending(self._session, fetched)
            self._known[told.id] = fetched
            self.tell(subscription_letters(known.subscription if known else None, told))

    def keep_invoice(self, told: Invoice, moment: Moment) -> None:
        known = rows.invoice(self._session, told.id)
        if known and is_doubtful(*known, told, moment):
            self.look_again()
        rows.keep_invoice(self._session, told, moment)

    def keep_payment(self, told: Payment, moment: Moment) -> None:
        rows.keep_payment(self._session, told, moment)

    def keep_dispute(self, told: Dispute, moment: Moment) -> None:
        rows.keep_dispute(self._session, told, moment)

    def close_checkout(self, checkout_id: str, status: str, at: datetime) -> None:
        """What ended stays so."""
        self._session.run(CLOSE_CHECKOUT, id=checkout_id, status=status, at=at)

    def customer_deleted(self, at: datetime) -> None:
        self._session.run(CUSTOMER_DELETED, at=at)
        self.account = replace(self.account, customer_deleted_at=at)

    # ---- what follows ----

    def look_again(self) -> None:
        """Nobody here can say what is true: the next step asks Stripe."""
        self.is_doubtful = True

    def tell(self, notices: Iterable[Notice]) -> None:
        self.has_letters = tell(self._session, self._outbox, notices) or self.has_letters

    def restate(
        self, *, at: datetime | None = None, by: str = BY, settles: datetime | None = None
    ) -> tuple[Standing, Standing]:
        """How it stood and how it stands. `at` is of when something was told, by the customer's clock; `settles` the
        `step_due_at` that was answered by asking Stripe: one that was set since then stays."""
        account = self.account = replace(self.account, test_clock_at=self._clock_at(at))
        now = account.test_clock_at or self._now
        known, unpaid = counting(
            [one.subscription for one in self._known.values()],
            rows.unpaid_invoices(self._session),
            account.counts_since,
        )
        before = _there(self._session.one(Standing, STANDING))
        after = standing(known, unpaid, now)
        if after != before:
            self._session.one(Done, STANDS, **asdict(after))
            self._record(before, after, by)
            owed = debts(known, unpaid)
            self.tell(letters_for(before, after, owed=owing(owed[0]) if owed else ""))
        self._note_step(known, looked_at_next(after, known, now), after, settles)
        return before, after

    def _clock_at(self, at: datetime | None) -> datetime | None:
        """The latest that is known of a test clock: it never goes back, whatever is heard late."""
        if self.account.test_clock_id is None:
            return None
        known = [one.moment.happened_at for one in self._known.values()]
        return max([*known, *filter(None, [self.account.test_clock_at, at])], default=None)

    def _record(self, before: Standing, after: Standing, by: str) -> None:
        def changed(action: Action, member: str) -> None:
            old, new = {member: getattr(before, member)}, {member: getattr(after, member)}
            if old != new:
                record(self._session, by, action, self.tenant_id, before=old, after=new)

        changed("billing.plan_changed", "plan")
        changed("billing.state_changed", "state")

    def _note_step(
        self,
        known: list[Subscription],
        due_at: datetime | None,
        stands: Standing,
        settles: datetime | None,
    ) -> None:
        waits = self.account.step_due_at
        counted = [one for one in self._known.values() if one.subscription in known]
        if self.account.test_clock_id:
            due_at = self._now + CLOCK_LOOKED_AT if stands.state_ends_at else None
        if self.is_doubtful:
            due_at = self._now
        elif waits and waits <= self._now + CLOCKS_DIFFER and waits != settles:
            due_at = waits
        elif is_step_needed(stands.state, self.account.apps_rest_at, counted):
            due_at = self._now
        self.account = replace(self.account, step_due_at=due_at)
        clock_at = self.account.test_clock_at
        self._session.run(DUE, step_due_at=due_at, test_clock_at=clock_at)


def hold(session: Session, outbox: Outbox, now: datetime) -> PostgresHeld | None:
    """Waits for whoever holds it. None for who never bought anything."""
    account = session.one(HeldAccount, HOLD)
    return PostgresHeld(session, outbox, account, now) if account else None


def _there(found: Standing | None) -> Standing:
    if found is None:
        raise NotFound("There is no such organization.")
    return found
