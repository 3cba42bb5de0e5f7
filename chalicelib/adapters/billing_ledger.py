"""What is kept of an organization's billing, in PostgreSQL, as the doors ask for it.

In: a `Database`. Out: `Known`, `Checkout`s, pages of `Invoice`s, `Price`s. Implements `billing.ledger.Ledger`. Callers: doors, by
way of `wiring.py`. The surprise: whatever writes holds the account's row first, as every event of Stripe does, so of two
that come at the same time the second sees what the first did.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from chalicelib.adapters import billing_rows as rows
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.billing_held import Done, HeldAccount, PostgresHeld, hold
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.pages import CURSOR_CHARACTERS_MAX, not_ours
from chalicelib.billing.ledger import Known
from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.records import Account, Checkout, Invoice, Price, Standing
from chalicelib.billing.standing import counting, debts, unconfirmed
from chalicelib.errors import NotFound
from chalicelib.tenancy.audit import Action
from chalicelib.tenancy.pages import Page

ACCOUNT: Final = """
select customer_id, is_live, test_clock_id, customer_deleted_at, step_due_at, test_clock_at,
    counts_from_at
from platform.billing_accounts where tenant_id = %(tenant_id)s
"""
STANDING: Final = """
select plan, billing_state as state, billing_state_ends_at as state_ends_at, period_started_at, period_ends_at,
    overage_generations_max
from platform.organizations where tenant_id = %(tenant_id)s
"""
CHECKOUTS: Final = """
select id, plan, status, page_url, expires_at from platform.checkouts
where tenant_id = %(tenant_id)s and (status = 'open' or id = (
    select newest.id from platform.checkouts as newest where newest.tenant_id = %(tenant_id)s
    order by newest.created_at desc, newest.id desc limit 1
))
order by created_at desc, id desc
"""
OPEN_ACCOUNT: Final = """
select platform.open_billing_account(%(customer_id)s, %(is_live)s, %(test_clock_id)s)::text as done
"""
KEEP_CHECKOUT: Final = """
insert into platform.checkouts (tenant_id, id, plan, status, page_url, created_by, expires_at)
values (%(tenant_id)s, %(id)s, %(plan)s, %(status)s, %(page_url)s, %(by)s, %(expires_at)s)
on conflict on constraint checkouts_pkey do nothing
"""
LOOK_AGAIN: Final = (
    "update platform.billing_accounts set step_due_at = now() where tenant_id = %(tenant_id)s"
)
ALLOW: Final = """
update platform.organizations set overage_generations_max = %(generations_max)s, updated_at = now()
where tenant_id = %(tenant_id)s
"""
INVOICES: Final = """
select id, subscription_id, number, status, reason, currency, total, amount_due, amount_paid, amount_remaining,
    attempts, next_attempt_at, made_at, finalized_at, paid_at, period_started_at, period_ends_at,
    status = 'open' and coalesce(action_attempts >= attempts, false) as needs_action, page_url, pdf_url,
    happened_at, rank, event_id
from platform.invoices
where tenant_id = %(tenant_id)s and status <> 'draft'
    and (%(before_id)s::text is null or (made_at, id) < (%(before_at)s, %(before_id)s))
order by made_at desc, id desc
limit %(fetched)s
"""
PRICES: Final = """
select id, product_id, is_active, currency, unit_amount_decimal, price_interval as interval
from platform.known_stripe_prices()
"""


@dataclass(frozen=True, kw_only=True)
class Stands(Standing):
    overage_generations_max: int


class PostgresLedger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = Outbox(database)

    def known(self, tenant_id: UUID) -> Known:
        with self._database.tenant_session(tenant_id) as session:
            account = session.one(HeldAccount, ACCOUNT)
            stands = _stands(session)
            fetched = rows.subscriptions(session) if account else []
            subscriptions, unpaid = counting(
                [one.subscription for one in fetched],
                rows.unpaid_invoices(session) if account else [],
                account.counts_since if account else None,
            )
            return Known(
                account=account,
                standing=stands,
                subscriptions=tuple(one for one in fetched if one.subscription in subscriptions),
                owed=tuple(debts(subscriptions, unpaid)),
                unconfirmed=unconfirmed(unpaid),
                checkouts=tuple(session.all(Checkout, CHECKOUTS)),
                overage_generations_max=stands.overage_generations_max,
            )

    def open_account(self, tenant_id: UUID, customer: Customer) -> Account:
        with self._database.tenant_session(tenant_id) as session:
            values = {"is_live": customer.is_live, "test_clock_id": customer.test_clock_id}
            session.one(Done, OPEN_ACCOUNT, customer_id=customer.id, **values)
            return self._held(session).account

    def customer_is_gone(self, tenant_id: UUID, customer_id: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            held = self._held(session)
            if held.account.customer_id == customer_id:
                held.customer_deleted(datetime.now(UTC))
                held.restate()

    def keep_checkout(self, tenant_id: UUID, checkout: Checkout, *, by: str) -> list[Checkout]:
        with self._database.tenant_session(tenant_id) as session:
            self._held(session)
            others = [one for one in session.all(Checkout, CHECKOUTS) if one.status == "open"]
            if session.run(KEEP_CHECKOUT, by=by, **asdict(checkout)):
                record(session, by, "billing.checkout_opened", tenant_id, plan=checkout.plan)
            return [one for one in others if one.id != checkout.id]

    def close_checkout(self, tenant_id: UUID, checkout: Checkout) -> None:
        with self._database.tenant_session(tenant_id) as session:
            if checkout.status != "open":
                self._held(session).close_checkout(checkout.id, checkout.status, datetime.now(UTC))

    def hear(
        self,
        tenant_id: UUID,
        fetched: list[Fetched],
        *,
        by: str,
        action: Action | None = None,
    ) -> None:
        with self._database.tenant_session(tenant_id) as session:
            held = self._held(session)
            before = _about(rows.subscriptions(session), fetched)
            for one in fetched:
                held.keep_fetched(one)
            if action:
                after = _about(fetched, fetched)
                record(session, by, action, tenant_id, before=before, after=after)
            held.restate(at=max((one.moment.happened_at for one in fetched), default=None), by=by)

    def look_again(self, tenant_id: UUID) -> None:
        with self._database.tenant_session(tenant_id) as session:
            session.run(LOOK_AGAIN)

    def allow_overage(self, tenant_id: UUID, generations_max: int, *, by: str) -> None:
        with self._database.tenant_session(tenant_id) as session:
            before = _stands(session).overage_generations_max
            session.run(ALLOW, generations_max=generations_max)
            sides = {
                "before": {"overage_generations_max": before},
                "after": {"overage_generations_max": generations_max},
            }
            record(session, by, "billing.overage_changed", tenant_id, **sides)

    def invoices(self, tenant_id: UUID, *, cursor: str | None, limit: int) -> Page[Invoice]:
        before_at, before_id = _position(cursor) if cursor else (None, None)
        values = {"before_at": before_at, "before_id": before_id, "fetched": limit + 1}
        with self._database.tenant_session(tenant_id) as session:
            found = session.all(rows.InvoiceRow, INVOICES, **values)
        items = tuple(rows.bare(row, Invoice) for row in found[:limit])
        return Page(items, _cursor_after(items[-1]) if len(found) > limit else None)

    def prices(self) -> list[Price]:
        with self._database.session_outside_tenants() as session:
            return session.all(Price, PRICES)

    def _held(self, session: Session) -> PostgresHeld:
        held = hold(session, self._outbox, datetime.now(UTC))
        if held is None:
            raise NotFound("This organization has no account with the payment provider.")
        return held


def _stands(session: Session) -> Stands:
    found = session.one(Stands, STANDING)
    if found is None:
        raise NotFound("There is no such organization.")
    return found


def _about(known: list[Fetched], fetched: list[Fetched]) -> dict[str, Any]:
    """Of the subscriptions that were asked about, what people decide."""
    asked = {one.subscription.id for one in fetched}
    told: dict[str, Any] = {}
    for one in known:
        if one.subscription.id in asked:
            told |= {
                "plan": one.subscription.plan,
                "is_ending": one.subscription.is_ending,
                "ends_at": one.subscription.ends_at,
                "pending_plan": one.pending_plan,
                "pending_at": one.pending_at,
            }
    return told


def _cursor_after(invoice: Invoice) -> str:
    return urlsafe_b64encode(f"{invoice.made_at.isoformat()} {invoice.id}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        if len(cursor) > CURSOR_CHARACTERS_MAX:
            raise ValueError(cursor)
        at, _, invoice_id = urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not invoice_id:
            raise ValueError(cursor)
        return moment, invoice_id
    except (ValueError, binascii.Error):
        raise not_ours() from None
