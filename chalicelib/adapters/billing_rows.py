"""What was heard of things at Stripe, as rows: the newest of each stands, whatever the order it is told in.

In: an open session of the tenant, records with their moments. Out: the same, as they are kept. Callers:
`billing_held.py`, `billing_ledger.py`, `billing_steps.py`. The surprise: every upsert compares moments in the database as well, so not even two writers that forget
the account's lock could bring something older back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Final, TypeVar

from chalicelib.adapters.database import Session
from chalicelib.billing.ports import Fetched
from chalicelib.billing.records import Dispute, Invoice, Moment, Payment, Subscription
from chalicelib.tenancy.plans import PaidPlan

Record = TypeVar("Record", Subscription, Invoice)

SUBSCRIPTIONS: Final = """
select id, status, price_id, plan, currency, period_started_at, period_ends_at, is_ending, ends_at, ended_at,
    trial_ends_at, is_paused, schedule_id, began_at, happened_at, rank, event_id,
    case when schedule_id is not null and pending_at > period_started_at then pending_plan end as pending_plan,
    case when schedule_id is not null and pending_at > period_started_at then pending_at end as pending_at
from platform.subscriptions where tenant_id = %(tenant_id)s
order by began_at desc, id desc
"""
KEEP_SUBSCRIPTION: Final = """
insert into platform.subscriptions as known (
    tenant_id, id, status, price_id, plan, currency, period_started_at, period_ends_at, is_ending, ends_at, ended_at,
    trial_ends_at, is_paused, schedule_id, began_at, happened_at, rank, event_id
) values (
    %(tenant_id)s, %(id)s, %(status)s, %(price_id)s, %(plan)s, %(currency)s, %(period_started_at)s,
    %(period_ends_at)s, %(is_ending)s, %(ends_at)s, %(ended_at)s, %(trial_ends_at)s, %(is_paused)s, %(schedule_id)s,
    %(began_at)s, %(happened_at)s, %(rank)s, %(event_id)s
)
on conflict on constraint subscriptions_pkey do update
set status = excluded.status, price_id = excluded.price_id, plan = excluded.plan, currency = excluded.currency,
    period_started_at = excluded.period_started_at, period_ends_at = excluded.period_ends_at,
    is_ending = excluded.is_ending, ends_at = excluded.ends_at, ended_at = excluded.ended_at,
    trial_ends_at = excluded.trial_ends_at, is_paused = excluded.is_paused, schedule_id = excluded.schedule_id,
    began_at = excluded.began_at, happened_at = excluded.happened_at, rank = excluded.rank,
    event_id = excluded.event_id
where (known.happened_at, known.rank, known.event_id) <= (excluded.happened_at, excluded.rank, excluded.event_id)
"""
KEEP_PENDING: Final = """
update platform.subscriptions set pending_plan = %(pending_plan)s, pending_at = %(pending_at)s
where tenant_id = %(tenant_id)s and id = %(id)s
    and (happened_at, rank, event_id) <= (%(happened_at)s, %(rank)s, %(event_id)s)
"""
UNPAID: Final = """
select id, subscription_id, number, status, reason, currency, total, amount_due, amount_paid, amount_remaining,
    attempts, next_attempt_at, made_at, finalized_at, paid_at, period_started_at, period_ends_at,
    status = 'open' and coalesce(action_attempts >= attempts, false) as needs_action, page_url, pdf_url,
    happened_at, rank, event_id
from platform.invoices where tenant_id = %(tenant_id)s and status in ('open', 'uncollectible')
order by made_at, id
"""
INVOICE: Final = """
select id, subscription_id, number, status, reason, currency, total, amount_due, amount_paid, amount_remaining,
    attempts, next_attempt_at, made_at, finalized_at, paid_at, period_started_at, period_ends_at,
    status = 'open' and coalesce(action_attempts >= attempts, false) as needs_action, page_url, pdf_url,
    happened_at, rank, event_id
from platform.invoices where tenant_id = %(tenant_id)s and id = %(id)s
"""
KEEP_INVOICE: Final = """
insert into platform.invoices as known (
    tenant_id, id, subscription_id, number, status, reason, currency, total, amount_due, amount_paid,
    amount_remaining, attempts, next_attempt_at, made_at, finalized_at, paid_at, period_started_at, period_ends_at,
    page_url, pdf_url, happened_at, rank, event_id
) values (
    %(tenant_id)s, %(id)s, %(subscription_id)s, %(number)s, %(status)s, %(reason)s, %(currency)s, %(total)s,
    %(amount_due)s, %(amount_paid)s, %(amount_remaining)s, %(attempts)s, %(next_attempt_at)s, %(made_at)s,
    %(finalized_at)s, %(paid_at)s, %(period_started_at)s, %(period_ends_at)s, %(page_url)s, %(pdf_url)s,
    %(happened_at)s, %(rank)s, %(event_id)s
)
on conflict on constraint invoices_pkey do update
set subscription_id = excluded.subscription_id, number = excluded.number, status = excluded.status,
    reason = excluded.reason, currency = excluded.currency, total = excluded.total, amount_due = excluded.amount_due,
    amount_paid = excluded.amount_paid, amount_remaining = excluded.amount_remaining, attempts = excluded.attempts,
    next_attempt_at = excluded.next_attempt_at, made_at = excluded.made_at, finalized_at = excluded.finalized_at,
    paid_at = excluded.paid_at, period_started_at = excluded.period_started_at,
    period_ends_at = excluded.period_ends_at, page_url = excluded.page_url, pdf_url = excluded.pdf_url,
    happened_at = excluded.happened_at, rank = excluded.rank, event_id = excluded.event_id
where (known.happened_at, known.rank, known.event_id) <= (excluded.happened_at, excluded.rank, excluded.event_id)
"""
# Of all that was told, the latest attempt: no other telling takes it back.
NEEDS_ACTION: Final = """
update platform.invoices set action_attempts = greatest(action_attempts, %(attempts)s)
where tenant_id = %(tenant_id)s and id = %(id)s
"""
KEEP_PAYMENT: Final = """
insert into platform.payments as known (
    tenant_id, id, payment_intent_id, currency, amount, amount_refunded, made_at, happened_at, rank, event_id
) values (
    %(tenant_id)s, %(id)s, %(payment_intent_id)s, %(currency)s, %(amount)s, %(amount_refunded)s, %(made_at)s,
    %(happened_at)s, %(rank)s, %(event_id)s
)
on conflict on constraint payments_pkey do update
set payment_intent_id = excluded.payment_intent_id, currency = excluded.currency, amount = excluded.amount,
    amount_refunded = excluded.amount_refunded, made_at = excluded.made_at, happened_at = excluded.happened_at,
    rank = excluded.rank, event_id = excluded.event_id
where (known.happened_at, known.rank, known.event_id) <= (excluded.happened_at, excluded.rank, excluded.event_id)
"""
# A dispute may be heard of before its payment: then the row says what little a dispute knows, of the earliest moment.
KEEP_DISPUTE: Final = """
insert into platform.payments as known (
    tenant_id, id, payment_intent_id, currency, amount, amount_refunded, made_at, happened_at, rank, event_id,
    dispute_id, dispute_status, dispute_happened_at, dispute_rank, dispute_event_id
) values (
    %(tenant_id)s, %(payment_id)s, %(payment_intent_id)s, %(currency)s, %(amount)s, 0, %(opened_at)s,
    timestamptz 'epoch', 0, '', %(id)s, %(status)s, %(happened_at)s, %(rank)s, %(event_id)s
)
on conflict on constraint payments_pkey do update
set dispute_id = excluded.dispute_id, dispute_status = excluded.dispute_status,
    dispute_happened_at = excluded.dispute_happened_at, dispute_rank = excluded.dispute_rank,
    dispute_event_id = excluded.dispute_event_id
where known.dispute_id is null or (known.dispute_happened_at, known.dispute_rank, known.dispute_event_id)
    <= (excluded.dispute_happened_at, excluded.dispute_rank, excluded.dispute_event_id)
"""


@dataclass(frozen=True, kw_only=True)
class _Of:
    happened_at: datetime
    rank: int
    event_id: str

    @property
    def moment(self) -> Moment:
        return Moment(self.happened_at, self.rank, self.event_id)


@dataclass(frozen=True, kw_only=True)
class SubscriptionRow(Subscription, _Of):
    pending_plan: PaidPlan | None
    pending_at: datetime | None

    @property
    def fetched(self) -> Fetched:
        return Fetched(
            subscription=bare(self, Subscription),
            moment=self.moment,
            pending_plan=self.pending_plan,
            pending_at=self.pending_at,
        )


@dataclass(frozen=True, kw_only=True)
class InvoiceRow(Invoice, _Of):
    pass


def bare(row: Subscription | Invoice, kind: type[Record]) -> Record:
    """The record alone, as it was told."""
    return kind(**{one.name: getattr(row, one.name) for one in fields(kind)})


def subscriptions(session: Session) -> list[Fetched]:
    """The newest first."""
    return [row.fetched for row in session.all(SubscriptionRow, SUBSCRIPTIONS)]


def unpaid_invoices(session: Session) -> list[Invoice]:
    """The oldest first."""
    return [bare(row, Invoice) for row in session.all(InvoiceRow, UNPAID)]


def invoice(session: Session, invoice_id: str) -> tuple[Invoice, Moment] | None:
    row = session.one(InvoiceRow, INVOICE, id=invoice_id)
    return (bare(row, Invoice), row.moment) if row else None


def keep_subscription(session: Session, told: Subscription, moment: Moment) -> bool:
    """Whether it is the newest, and stands now."""
    return session.run(KEEP_SUBSCRIPTION, **asdict(told), **asdict(moment)) == 1


def keep_pending(session: Session, fetched: Fetched) -> None:
    values = {"pending_plan": fetched.pending_plan, "pending_at": fetched.pending_at}
    session.run(KEEP_PENDING, id=fetched.subscription.id, **values, **asdict(fetched.moment))


def keep_invoice(session: Session, told: Invoice, moment: Moment) -> bool:
    stands = session.run(KEEP_INVOICE, **asdict(told), **asdict(moment)) == 1
    if told.needs_action:
        session.run(NEEDS_ACTION, id=told.id, attempts=told.attempts)
    return stands


def keep_payment(session: Session, told: Payment, moment: Moment) -> bool:
    return session.run(KEEP_PAYMENT, **asdict(told), **asdict(moment)) == 1


def keep_dispute(session: Session, told: Dispute, moment: Moment) -> bool:
    return session.run(KEEP_DISPUTE, **asdict(told), **asdict(moment)) == 1
