"""What time brings to an organization that pays, or doesn't: its state, its end at Stripe, the sleep of its apps.

In: a tenant. Out: how it stands now. Callers: the job `billing`, when `step_due_at` has come or somebody asked for the truth.
The surprise: it never looks at why it was called. Whatever the reason, Stripe is asked how things are, the standing is made
anew, and what follows from it is done; all of it again and again without harm, one step of an organization at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

from chalicelib.billing.ports import Books, Fetched, Subscriptions
from chalicelib.billing.records import Account, BillingState, Invoice, Moment, Standing
from chalicelib.billing.standing import precedence
from chalicelib.billing.statuses import GOES_ON, PAID
from chalicelib.log import log

LOOKED_BACK: Final = timedelta(days=60)
"""Longer than anybody is dunned. Of what is older only debts matter: some are paid after months."""

Reason = Literal["lapsed", "second"]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What Stripe said of a customer just now."""

    now: datetime
    """By whichever clock the customer lives."""
    subscriptions: Sequence[Fetched] = ()
    invoices: Sequence[tuple[Invoice, Moment]] = ()


@dataclass(frozen=True, kw_only=True)
class Restated:
    standing: Standing
    answers: datetime | None
    """Which `step_due_at` this step is the answer to; None where it left a doubt, or somebody asked since."""


class Steps(Protocol):
    def alone(self, tenant_id: UUID) -> AbstractContextManager[None]:
        """Nobody else takes a step for it meanwhile. Raises `DatabaseBusy` when somebody does for long."""

    def account(self, tenant_id: UUID) -> Account | None:
        """None for who never bought anything, and for an organization that was deleted."""

    def hear(self, tenant_id: UUID, truth: Truth, *, seen: datetime | None) -> Restated:
        """Keeps it and makes the standing anew, in one transaction. `seen` is the account's `step_due_at` from before Stripe
        was asked."""

    def settled(self, tenant_id: UUID, answers: datetime | None) -> None:
        """Nothing waits any more but what was asked for since, and what time brings next. Until it is called the step
        counts as not taken, and comes again."""

    def ended(self, tenant_id: UUID, fetched: Fetched, reason: Reason, now: datetime) -> Standing:
        """Keeps that we ended it, with a line in the audit log."""

    def rest(self, tenant_id: UUID) -> list[str]:
        """Notes that the apps are to rest, unless they do; the slugs of those that went live before that."""

    def resting(self, tenant_id: UUID) -> list[str] | None:
        """The slugs of all that may rest; None while they are to run."""

    def woken(self, tenant_id: UUID) -> None: ...


class Apps(Protocol):
    """Each does nothing for what is so already. Raises `CloudBusy` after it has tried all."""

    def rest(self, slugs: Iterable[str]) -> None: ...

    def wake(self, slugs: Iterable[str]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Stepper:
    """With what steps are taken."""

    steps: Steps
    books: Books
    subscriptions: Subscriptions
    apps: Apps

    def step(self, tenant_id: UUID) -> Standing | None:
        """None where there is nobody to step for."""
        with self.steps.alone(tenant_id):
            account = self.steps.account(tenant_id)
            if account is None:
                return None
            truth = truth_of(account, self.books)
            heard = self.steps.hear(tenant_id, truth, seen=account.step_due_at)
            standing = heard.standing
            for surplus, reason in superfluous(standing.state, truth.subscriptions):
                standing = self._end(tenant_id, surplus, reason, truth.now)
            self._settle_apps(tenant_id, standing.state)
            self.steps.settled(tenant_id, heard.answers)
            return standing

    def _end(self, tenant_id: UUID, surplus: Fetched, reason: Reason, now: datetime) -> Standing:
        id_ = surplus.subscription.id
        ended = self.subscriptions.end_now(id_, key=f"{reason}-{id_}")
        facts = {"tenant_id": str(tenant_id), "subscription_id": id_, "reason": reason}
        log.warning("subscription_ended", extra=facts)
        return self.steps.ended(tenant_id, ended, reason, now)

    def _settle_apps(self, tenant_id: UUID, state: BillingState) -> None:
        """What was noted first is undone last, so that whoever is interrupted leaves a note behind."""
        if state == "lapsed":
            slugs = self.steps.rest(tenant_id)
            self.apps.rest(slugs)
            log.info("apps_rest", extra={"tenant_id": str(tenant_id), "count": len(slugs)})
        elif (resting := self.steps.resting(tenant_id)) is not None:
            self.apps.wake(resting)
            self.steps.woken(tenant_id)
            log.info("apps_awake", extra={"tenant_id": str(tenant_id), "count": len(resting)})


def truth_of(account: Account, books: Books) -> Truth:
    """Of a customer who was deleted Stripe tells nothing more; what we know of it stands."""
    if account.customer_deleted_at:
        return Truth(now=account.customer_deleted_at)
    now = books.now(account.test_clock_id)
    since = min(filter(None, [now - LOOKED_BACK, account.owes_since]))
    return Truth(
        now=now,
        subscriptions=books.subscriptions_of(account.customer_id),
        invoices=books.invoices_of(account.customer_id, since),
    )


def superfluous(state: BillingState, fetched: Sequence[Fetched]) -> list[tuple[Fetched, Reason]]:
    """Which to end at once: all that owe when the time to pay is over; of several with plans of ours, all but the one that
    people mean. One that is paid beside a debt was sold past our doors, which sell nothing to who owes, and so was one of
    a price that is none of ours. Whoever sold it decides."""
    going_on = [one for one in fetched if one.subscription.status in GOES_ON]
    if state == "lapsed":
        return [(one, "lapsed") for one in going_on if one.subscription.status not in PAID]
    ours = [one for one in going_on if one.subscription.plan]
    return [(one, "second") for one in sorted(ours, key=_precedence)[1:]]


def is_step_needed(
    state: BillingState, apps_rest_at: datetime | None, fetched: Sequence[Fetched]
) -> bool:
    """Whether something follows from how it stands that is not done yet."""
    is_rest_due = (state == "lapsed") != (apps_rest_at is not None)
    return is_rest_due or bool(superfluous(state, fetched))


def _precedence(one: Fetched) -> tuple[bool, int, datetime, str]:
    return precedence(one.subscription)
