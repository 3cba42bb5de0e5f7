"""From what was used beyond the plan to what Stripe counts: each row told once, whatever breaks in between.

In: rows of `meter_events`, oldest first; `Meters`. Out: what became of them. Callers: the job `meter`. The surprise: a meter's
rows are told one at a time. Stripe knows an identifier again for a day; after that only its sums tell whether it has a row,
and with one row under way there is one row that the difference can be.

    never tried                     its date is chosen and kept, then it is told
    tried, no answer                told again, the same to the letter: Stripe refuses a second one, which is an answer
    tried 23 h ago, no answer       Stripe's sum of that minute is compared with ours: it has it, or it gets it as if new
    its period's invoice is closed  on the next one: it is told as of now; compared before, if Stripe may have it
    the plan has ended              no bill is next: it is told for its own period, whatever the hour
    nobody pays any more            refused and kept, for people to look at
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from chalicelib.billing.periods import Period, period_at
from chalicelib.billing.ports import Meters
from chalicelib.billing.price_ids import METERS, Meter
from chalicelib.billing.records import MeterEvent
from chalicelib.errors import Conflict, NotFound, PaymentsBusy
from chalicelib.log import log

KNOWN_AGAIN_FOR: Final = timedelta(hours=23)
"""Stripe says: at least 24 hours."""
SETTLED_AFTER: Final = timedelta(hours=1)
"""Until then Stripe's sums may not hold what it was told."""
INVOICE_OPEN_FOR: Final = timedelta(minutes=30)
"""After a period's end. Stripe closes its invoice about an hour after it."""
DATED_WITHIN: Final = timedelta(days=34)
"""Stripe takes nothing that is older than 35 days."""
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Whose customer an organization's rows are told for, and which period it is in."""

    customer_id: str
    test_clock_id: str | None
    is_gone: bool
    period_started_at: datetime | None
    period_ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A row that Stripe gave no answer about."""

    id: UUID
    meter: Meter
    quantity: int
    period_started_at: datetime
    happened_at: datetime
    dated_at: datetime | None
    first_tried_at: datetime | None
    last_tried_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Dated:
    """As of when it is told, and so on which bill it is."""

    dated_at: datetime
    period_started_at: datetime


class MeterRows(Protocol):
    """Every method is a transaction of its own."""

    def payer(self, tenant_id: UUID) -> Payer | None: ...

    def first_waiting(self, tenant_id: UUID, meter: Meter) -> Waiting | None: ...

    def trying(self, tenant_id: UUID, event: Waiting, dated: Dated | None) -> MeterEvent | None:
        """Before each call. `dated` begins anew; without it the same is tried again. None when somebody else answered it
        or began anew meanwhile."""

    def sent(self, tenant_id: UUID, event_id: UUID) -> None: ...

    def refused(self, tenant_id: UUID, event_id: UUID, reason: str) -> None: ...

    def sent_within(self, tenant_id: UUID, meter: Meter, since: datetime, until: datetime) -> int:
        """The sum of what Stripe surely has, by the date it was told."""


class Clock(Protocol):
    def now(self, test_clock_id: str | None) -> datetime:
        """The time a customer lives by."""


def tell(
    tenant_id: UUID,
    *,
    rows: MeterRows,
    meters: Meters,
    clock: Clock,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Counter[str]:
    """What became of how many. What stays is brought back by the schedule. Raises `PaymentsAccountRefused`."""
    outcomes: Counter[str] = Counter()
    for meter in METERS:
        outcomes.update(_told_in_turn(tenant_id, meter, _Teller(rows, meters, clock), may_go_on))
    return outcomes


def _told_in_turn(
    tenant_id: UUID, meter: Meter, teller: _Teller, may_go_on: Callable[[], bool]
) -> Iterator[str]:
    while may_go_on() and (event := teller.rows.first_waiting(tenant_id, meter)):
        try:
            outcome = teller.tell(tenant_id, event)
        except PaymentsBusy:
            outcome = "busy"
        yield outcome
        if outcome in ("busy", "unsettled"):
            return


@dataclass(frozen=True)
class _Teller:
    rows: MeterRows
    meters: Meters
    clock: Clock

    def tell(self, tenant_id: UUID, event: Waiting) -> str:
        payer = self.rows.payer(tenant_id)
        if payer is None or payer.is_gone:
            return self._refuse(tenant_id, event, "nobody pays: there is no customer at Stripe")
        now = self.clock.now(None)
        there = self.clock.now(payer.test_clock_id) if payer.test_clock_id else now
        period = _billed_in(payer, event, there)
        if event.first_tried_at is None:
            return self._try(tenant_id, payer, event, dated(event, period, there))
        if not is_doubtful(event, period, now, there):
            return self._try(tenant_id, payer, event, None)
        if now - (event.last_tried_at or now) < SETTLED_AFTER:
            return "unsettled"
        if self._is_there(tenant_id, payer, event):
            self.rows.sent(tenant_id, event.id)
            return "found"
        return self._try(tenant_id, payer, event, dated(event, period, there))

    def _try(self, tenant_id: UUID, payer: Payer, event: Waiting, dated: Dated | None) -> str:
        told = self.rows.trying(tenant_id, event, dated)
        if told is None:
            return "overtaken"
        try:
            self.meters.report(payer.customer_id, told)
        except NotFound:
            return self._refuse(tenant_id, event, "Stripe knows no such customer")
        except Conflict as error:
            return self._refuse(tenant_id, event, error.detail)
        self.rows.sent(tenant_id, event.id)
        return "sent"

    def _is_there(self, tenant_id: UUID, payer: Payer, event: Waiting) -> bool:
        since = minute_of(event.dated_at or event.happened_at)
        counted = self.meters.total(payer.customer_id, event.meter, since, since + MINUTE)
        ours = self.rows.sent_within(tenant_id, event.meter, since, since + MINUTE)
        return counted - ours >= event.quantity

    def _refuse(self, tenant_id: UUID, event: Waiting, reason: str) -> str:
        self.rows.refused(tenant_id, event.id, reason)
        facts = {"tenant_id": str(tenant_id), "meter_event_id": str(event.id), "reason": reason}
        log.warning("meter_event_refused", extra=facts)
        return "refused"


def is_doubtful(event: Waiting, period: Period, now: datetime, there: datetime) -> bool:
    """Whether telling it once more could count it twice, or on no bill. `there` is the customer's time, `now` ours."""
    tried_at = event.first_tried_at or now
    return now - tried_at > KNOWN_AGAIN_FOR or _is_closed(event, period, there)


def dated(event: Waiting, period: Period, there: datetime) -> Dated:
    if _is_closed(event, period, there):
        return Dated(dated_at=there, period_started_at=period.started_at)
    earliest = max(event.happened_at, event.period_started_at, there - DATED_WITHIN)
    return Dated(dated_at=min(earliest, there), period_started_at=event.period_started_at)


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _billed_in(payer: Payer, event: Waiting, there: datetime) -> Period:
    """After a plan's end no bill follows the one of its last period, so what waits stays in that."""
    if payer.period_started_at is None:
        return Period(event.period_started_at, there)
    return period_at(payer, there)


def _is_closed(event: Waiting, period: Period, there: datetime) -> bool:
    is_over = event.period_started_at < period.started_at
    return is_over and there - period.started_at > INVOICE_OPEN_FOR


def beyond(before: int, tokens: int, included: int) -> int:
    """How many of `tokens`, after `before` in the period, are more than the plan includes."""
    return max(0, before + tokens - max(before, included))
