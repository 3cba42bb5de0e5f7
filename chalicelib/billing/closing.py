"""The end of a customer: what an organization subscribed to ends when it is deleted, and nothing more is charged.

In: a tenant. Out: nothing. Callers: the job `purge`. The surprise: Stripe is spoken to only for who is known there, so a
deployment that sells nothing deletes organizations as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chalicelib.billing.ports import Books
from chalicelib.billing.records import Account
from chalicelib.errors import NotFound


class Accounts(Protocol):
    def last_account(self, tenant_id: UUID) -> Account | None:
        """Of an organization that was deleted, too."""


@dataclass(frozen=True, kw_only=True)
class Closing:
    accounts: Accounts
    books: Callable[[], Books]

    def __call__(self, tenant_id: UUID) -> None:
        """Raises `PaymentsBusy`; again later. One that is closed already stays so."""
        account = self.accounts.last_account(tenant_id)
        if account is None or account.customer_deleted_at:
            return
        books = self.books()
        with suppress(NotFound):
            if not books.customer_now(account.customer_id).is_deleted:
                books.close_customer(account.customer_id)
