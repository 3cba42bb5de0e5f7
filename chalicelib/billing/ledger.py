"""What is kept of an organization's billing, as the doors need it. Implemented by `adapters/billing_ledger.py`.

In: a tenant, what Stripe answered. Out: `Known`, pages of invoices, prices. Callers: `buying.py`, `changing.py`,
`overview.py`. The surprise: what Stripe answers to a person's wish is kept the same way as what an event tells, so whichever
of the two comes first, and however often the other is repeated, the end is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.records import Account, Checkout, Invoice, Price, Standing
from chalicelib.billing.standing import precedence
from chalicelib.billing.statuses import GOES_ON
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.pages import Page


@dataclass(frozen=True, kw_only=True)
class Known:
    """An organization's billing, read in one transaction."""

    account: Account | None
    """None for one that never bought anything."""
    standing: Standing
    """As `organizations` says: the plan of one without an account is not for sale to it, somebody gave it."""
    subscriptions: tuple[Fetched, ...] = ()
    """All that ever were, each as it was last heard of."""
    owed: tuple[Invoice, ...] = ()
    """Invoices that are due and not paid, the oldest first."""
    unconfirmed: Invoice | None = None
    """Of an upgrade that waits for somebody to tell their bank that it was them; nothing is owed for it."""
    checkouts: tuple[Checkout, ...] = ()
    """Pages that somebody was sent to, the newest first; those that are open and the last one."""
    overage_generations_max: int = 0


class Ledger(Protocol):
    """`by` is who does it, for the audit log."""

    def known(self, tenant_id: UUID) -> Known: ...

    def open_account(self, tenant_id: UUID, customer: Customer) -> Account:
        """The account as it is then: one that is there already stays, unless its customer was deleted."""

    def customer_is_gone(self, tenant_id: UUID, customer_id: str) -> None:
        """That one can't pay any more; what it subscribed to counts no more."""

    def keep_checkout(self, tenant_id: UUID, checkout: Checkout, *, by: str) -> list[Checkout]:
        """The others that are open. Of two that are kept at the same time, the later one is told of the earlier."""

    def close_checkout(self, tenant_id: UUID, checkout: Checkout) -> None:
        """As `checkout.status` says; what ended stays so."""

    def hear(
        self,
        tenant_id: UUID,
        fetched: list[Fetched],
        *,
        by: str,
        action: Action | None = None,
    ) -> None:
        """Keeps what Stripe answered, and what the organization is entitled to because of it, in one transaction; with a
        line in the audit log about what `action` changed."""

    def look_again(self, tenant_id: UUID) -> None:
        """Notes that nobody knows what Stripe did: the next step asks."""

    def allow_overage(self, tenant_id: UUID, generations_max: int, *, by: str) -> None: ...

    def invoices(self, tenant_id: UUID, *, cursor: str | None, limit: int) -> Page[Invoice]:
        """The newest first, drafts left out."""

    def prices(self) -> list[Price]:
        """Of nobody in particular: what Stripe said that things cost."""


def present(known: Known) -> Fetched | None:
    """The subscription that people mean, of those that have not ended."""
    going_on = [each for each in known.subscriptions if each.subscription.status in GOES_ON]
    return min(going_on, key=lambda each: precedence(each.subscription), default=None)
