"""A customer who stops paying, from the first failure to the end and back: PostgreSQL here, a test clock at Stripe's double."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.billing_ledger import PostgresLedger
from chalicelib.adapters.billing_steps import PostgresSteps
from chalicelib.adapters.database import Database
from chalicelib.adapters.deletion_store import PostgresDeletionStore
from chalicelib.adapters.generation_store import PostgresGenerationStore
from chalicelib.adapters.meter_store import PostgresMeterRows
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.stripe_books import StripeBooks
from chalicelib.adapters.stripe_client import StripeApi
from chalicelib.adapters.stripe_meters import StripeMeters
from chalicelib.adapters.stripe_secret import StripeSecret
from chalicelib.adapters.stripe_subscriptions import StripeSubscriptions
from chalicelib.billing.closing import Closing
from chalicelib.billing.ports import Customer
from chalicelib.billing.price_ids import read_price_ids
from chalicelib.billing.reconciling import Reconciled, reconcile
from chalicelib.billing.records import Standing
from chalicelib.billing.stepping import Stepper
from chalicelib.errors import CloudBusy, DatabaseBusy, PaymentsBusy
from tests.database.company import Company, founded
from tests.database.world import Platform
from tests.stripe.shop import BEGIN, DAY, Shop, shop

BEGAN = datetime.fromtimestamp(BEGIN, UTC)
RENEWS = 28 * DAY
"""From 31 January; an hour later it is charged."""
HOUR = 3600
FAILS = RENEWS + HOUR
LATER_FAILS = "pm_card_chargeCustomerFail"
GOOD = "pm_card_visa"


@dataclass
class Keys:
    key: str

    def current(self) -> StripeSecret:
        return StripeSecret(self.key, ())


@dataclass
class Apps:
    """The container service, as far as it is known who runs."""

    asleep: set[str] = field(default_factory=set)
    is_busy: bool = False

    def rest(self, slugs: list[str]) -> None:
        self._answer()
        self.asleep |= set(slugs)

    def wake(self, slugs: list[str]) -> None:
        self._answer()
        self.asleep -= set(slugs)

    def _answer(self) -> None:
        if self.is_busy:
            raise CloudBusy("ECS is away")


@dataclass
class Life:
    platform: Platform
    database: Database
    company: Company
    shop: Shop
    customer: str
    apps: Apps = field(default_factory=Apps)

    def __post_init__(self) -> None:
        api = StripeApi(Keys(self.shop.server.key), self.shop.server.url)
        prices = self.shop.prices | {"tokens": self.shop.metered}
        ids = read_price_ids(",".join(f"{name}={id_}" for name, id_ in prices.items()))
        self.steps = PostgresSteps(self.database, Outbox(self.database))
        self.ledger = PostgresLedger(self.database)
        self.books = StripeBooks(api, ids)
        self.subscriptions = StripeSubscriptions(api, ids)
        self.meters = StripeMeters(api, ids)
        self.stepper = Stepper(
            steps=self.steps,
            books=self.books,
            subscriptions=self.subscriptions,
            apps=self.apps,
        )

    @property
    def here(self) -> uuid.UUID:
        return self.company.id

    def step(self) -> Standing:
        standing = self.stepper.step(self.here)
        assert standing
        return standing

    def at(self, seconds: int) -> Standing:
        self.shop.at(seconds)
        return self.step()

    def compare(self) -> Reconciled:
        return reconcile(
            self.here,
            comparisons=self.steps,
            books=self.books,
            sums=PostgresMeterRows(self.database),
            meters=self.meters,
        )

    def owing(self) -> None:
        """Pays the first month; the card fails from then on."""
        self.shop.subscribe("pro", self.customer)
        self.shop.give_card(self.customer, LATER_FAILS)
        self.step()

    def pays(self) -> None:
        self.shop.give_card(self.customer, GOOD)
        [owed] = [one for one in self.shop.invoices(self.customer) if one.status == "open"]
        self.shop.v1.invoices.pay(owed.id)

    def letters(self) -> list[str]:
        rows = self._rows("select kind from platform.outbox order by created_at, kind")
        return [row[0] for row in rows]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        rows = self._rows("select body from platform.outbox where kind = %s", kind)
        return [row[0] for row in rows]

    def lines(self, action: str) -> list[dict[str, Any]]:
        rows = self._rows(
            "select facts from platform.audit_log where action = %s order by id", action
        )
        return [row[0] for row in rows]

    def was_compared(self) -> bool:
        return bool(
            self._rows("select 1 from platform.billing_accounts where reconciled_at is not null")
        )

    def is_due(self) -> bool:
        rows = self._rows("select 1 from platform.tenant_jobs where job = 'billing' and due_at <= now()")  # fmt: skip
        return bool(rows)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.platform.admin() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def goes_live(self, name: str) -> str:
        """The app's slug."""
        apps, generations = (
            PostgresAppStore(self.database),
            PostgresGenerationStore(self.database),
        )
        app = apps.create(self.here, name=name, locale="en", mvs={"name": name}, by="system:test")
        run = generations.start(
            self.here,
            app.id,
            engine="offline",
            idempotency_key=None,
            request_sha256="0" * 64,
            by="system:test",
        ).generation
        generations.mark_running(self.here, run.id)
        generations.succeed(self.here, run.id, url="http://localhost:8101")
        return app.slug


@pytest.fixture
def life(platform: Platform, database: Database) -> Iterator[Life]:
    with shop() as till:
        yield begun(platform, database, till)


def begun(platform: Platform, database: Database, till: Shop) -> Life:
    company = founded(database)
    life = Life(platform, database, company, till, till.customer)
    known = Customer(id=till.customer, is_live=False, test_clock_id=till.clock.id)
    life.ledger.open_account(company.id, known)
    return life


def day(life: Life, after_failure: int) -> Standing:
    return life.at(FAILS + after_failure * DAY + 1)


def test_who_pays_is_on_the_plan_in_stripes_own_period(life: Life) -> None:
    life.shop.subscribe("pro", life.customer)
    now = life.step()
    assert (now.plan, now.state) == ("pro", "current")
    assert now.period_started_at == BEGAN
    assert now.period_ends_at == BEGAN + timedelta(days=28)
    assert life.at(RENEWS + 2 * HOUR).period_started_at == BEGAN + timedelta(days=28)


def test_who_does_not_pay_goes_through_every_state_and_hears_of_each_once(life: Life) -> None:
    slug = (life.owing(), life.goes_live("Clinic"))[1]
    passed = [(day(life, after).state, set(life.apps.asleep)) for after in (0, 1, 3, 9, 10, 23, 24)]

    assert passed == [
        ("past_due", set()),
        ("past_due", set()),
        ("grace", set()),
        ("grace", set()),
        ("read_only", set()),
        ("read_only", set()),
        ("lapsed", {slug}),
    ]
    assert life.letters() == [
        "plan_changed",
        "payment_failed",
        "payment_grace",
        "payment_read_only",
        "payment_lapsed",
    ]
    [failed] = life.bodies("payment_failed")
    assert failed["amount"] == "9900 usd"
    stated = datetime.fromisoformat(failed["lapsed_at"])
    assert stated == BEGAN + timedelta(seconds=FAILS) + timedelta(days=24)
    assert [line["after"]["state"] for line in life.lines("billing.state_changed")] == [
        "past_due", "grace", "read_only", "lapsed"
    ]  # fmt: skip


def test_at_the_stated_end_and_not_before_the_subscription_ends_at_stripe(life: Life) -> None:
    life.owing()
    day(life, 23)
    [before] = life.shop.v1.subscriptions.list({"customer": life.customer, "status": "all"}).data
    now = day(life, 24)
    after = life.shop.now(before)

    assert (before.status, after.status) == ("past_due", "canceled")
    assert (now.plan, now.state) == ("free", "lapsed")
    [line] = life.lines("billing.subscription_ended")
    assert line == {"subscription_id": before.id, "reason": "lapsed"}
    assert [one.status for one in life.shop.invoices(life.customer)] == ["open", "paid"]
    assert not life.is_due()


@pytest.mark.parametrize("ends_with", ["unpaid", "canceled"])
def test_the_days_are_the_same_however_stripe_itself_gives_up(life: Life, ends_with: str) -> None:
    life.shop.server.account.settings["dunning_ends_with"] = ends_with
    life.owing()
    states = [day(life, after).state for after in (0, 8, 10, 24)]
    assert states == ["past_due", "grace", "read_only", "lapsed"]


@pytest.mark.parametrize(
    ("after", "thanked"), [(1, []), (4, ["payment_settled"]), (12, ["payment_settled"])]
)
def test_who_pays_in_time_is_current_on_the_same_plan(
    life: Life, after: int, thanked: list[str]
) -> None:
    life.owing()
    day(life, after)
    life.pays()
    now = life.step()
    assert (now.plan, now.state, now.state_ends_at) == ("pro", "current", None)
    assert [kind for kind in life.letters() if kind == "payment_settled"] == thanked
    assert life.apps.asleep == set()


def test_who_pays_after_the_end_has_the_apps_back_on_the_free_plan(life: Life) -> None:
    life.owing()
    slug = life.goes_live("Clinic")
    day(life, 24)
    assert life.apps.asleep == {slug}
    life.pays()
    now = life.step()
    assert (now.plan, now.state) == ("free", "current")
    assert life.apps.asleep == set()
    assert life.letters()[-1] == "payment_settled"
    assert not life.is_due()


def test_who_lapsed_and_pays_may_buy_again(life: Life) -> None:
    life.owing()
    day(life, 25)
    life.pays()
    life.shop.subscribe("scale", life.customer)
    assert life.step().plan == "scale"


def test_what_goes_live_after_the_end_keeps_running(life: Life) -> None:
    life.owing()
    old = life.goes_live("Clinic")
    day(life, 24)
    life.goes_live("Made on the free plan")
    day(life, 25)
    assert life.apps.asleep == {old}


def test_a_step_that_broke_off_while_apps_went_to_rest_stays_due(life: Life) -> None:
    life.owing()
    slug = life.goes_live("Clinic")
    life.apps.is_busy = True
    with pytest.raises(CloudBusy):
        day(life, 24)
    assert life.is_due()

    life.apps.is_busy = False
    life.step()
    assert life.apps.asleep == {slug}
    assert not life.is_due()


def test_a_step_that_broke_off_while_apps_woke_stays_due(life: Life) -> None:
    life.owing()
    life.goes_live("Clinic")
    day(life, 24)
    life.pays()
    life.apps.is_busy = True
    with pytest.raises(CloudBusy):
        life.step()
    assert life.is_due()

    life.apps.is_busy = False
    life.step()
    assert life.apps.asleep == set()


def test_while_stripe_is_away_nothing_changes(life: Life) -> None:
    life.owing()
    life.shop.at(FAILS + 1)
    life.shop.server.faults.add({"method": "GET", "path": "/v1/subscriptions", "status": 503, "times": 9})  # fmt: skip
    with pytest.raises(PaymentsBusy):
        life.step()
    assert life.ledger.known(life.here).standing.state == "current"


def test_who_asks_while_a_step_is_taken_gets_another(life: Life) -> None:
    """Somebody asks after Stripe has answered and before what it answered is kept."""
    life.owing()
    asks = life.books.invoices_of

    def answered_then_asked(*asked: Any) -> Any:
        answered = asks(*asked)
        life.ledger.look_again(life.here)
        return answered

    life.books.invoices_of = answered_then_asked  # type: ignore[method-assign]
    life.step()
    assert life.is_due()
    life.books.invoices_of = asks  # type: ignore[method-assign]
    life.step()
    assert not life.is_due()


def test_of_two_subscriptions_the_lower_plan_ends_at_once(life: Life) -> None:
    first = life.shop.subscribe("pro", life.customer)
    life.shop.at(HOUR)
    second = life.shop.subscribe("scale", life.customer)
    assert life.step().plan == "scale"
    assert life.shop.now(first).status == "canceled"
    assert life.shop.now(second).status == "active"
    assert life.lines("billing.subscription_ended") == [
        {"subscription_id": first.id, "reason": "second"}
    ]


def test_a_trial_ends_and_is_charged_without_anybody_being_told_of_debts(life: Life) -> None:
    life.shop.subscribe("pro", life.customer, trial_period_days=14)
    assert (life.step().plan, life.step().state) == ("pro", "current")
    assert life.at(15 * DAY).state == "current"
    assert life.letters() == ["plan_changed"]


def test_a_trial_whose_first_payment_fails_is_owed_from_then_on(life: Life) -> None:
    life.shop.subscribe("pro", life.customer, trial_period_days=14)
    life.shop.give_card(life.customer, LATER_FAILS)
    now = life.at(14 * DAY + 2 * HOUR)
    assert (now.plan, now.state) == ("pro", "past_due")
    assert life.at(14 * DAY + 25 * DAY).state == "lapsed"


def test_who_is_let_off_owes_nothing(life: Life) -> None:
    life.owing()
    slug = life.goes_live("Clinic")
    day(life, 24)
    assert life.apps.asleep == {slug}
    [owed] = [one for one in life.shop.invoices(life.customer) if one.status == "open"]
    life.shop.v1.invoices.void_invoice(owed.id)
    assert life.step().state == "current"
    assert life.apps.asleep == set()


def test_what_is_uncollectible_is_owed_all_the_same(life: Life) -> None:
    life.owing()
    day(life, 3)
    [owed] = [one for one in life.shop.invoices(life.customer) if one.status == "open"]
    life.shop.v1.invoices.mark_uncollectible(owed.id)
    assert day(life, 10).state == "read_only"


def test_one_step_at_a_time_for_an_organization(
    life: Life, organization: Callable[..., uuid.UUID]
) -> None:
    life.owing()
    short = PostgresSteps(life.database, Outbox(life.database), patience_s=1)
    with life.steps.alone(life.here), pytest.raises(DatabaseBusy), short.alone(life.here):
        pass
    with life.steps.alone(life.here), short.alone(organization()):
        pass


def test_a_step_may_wait_for_others_longer_than_a_request_may_idle(life: Life) -> None:
    """The app role's transactions are cut off when they idle; this one idles while Stripe is asked."""
    life.owing()
    hasty = psycopg.conninfo.make_conninfo(
        life.platform.app_dsn, options="-c idle_in_transaction_session_timeout=200ms"
    )
    with closing(Database(hasty)) as database:
        with PostgresSteps(database, Outbox(database)).alone(life.here):
            time.sleep(0.5)
        cut_off = psycopg.errors.IdleInTransactionSessionTimeout
        with pytest.raises(cut_off), database.tenant_session(life.here):
            time.sleep(0.5)


# the nightly comparison


def test_what_nobody_told_of_is_said_and_mended_at_night(life: Life) -> None:
    life.owing()
    life.shop.at(FAILS + 4 * DAY)
    done = life.compare()

    told = {(one.of.split()[0], one.field): (one.kept, one.at_stripe) for one in done.differences}
    assert told["subscription", "status"] == ("active", "past_due")
    assert told["invoice", "status"] == (None, "open")
    assert done.standing
    assert done.standing.state == "grace"
    [line] = life.lines("billing.reconciled")
    assert {one["field"] for one in line["differences"]} == {one.field for one in done.differences}
    assert told["organization", "state"] == ("current", "grace")
    assert life.letters()[-1] == "payment_grace"


def test_a_second_night_finds_nothing_and_writes_nothing(life: Life) -> None:
    life.owing()
    life.shop.at(FAILS)
    life.compare()
    assert life.compare().differences == ()
    assert len(life.lines("billing.reconciled")) == 1
    assert life.was_compared()


def test_every_way_of_drifting_is_mended(life: Life) -> None:
    """Rows are spoilt as no code of ours spoils them."""
    life.owing()
    life.at(FAILS + DAY)
    spoils = (
        """
        update platform.subscriptions
        set status = 'active', plan = 'scale', happened_at = happened_at - interval '1 hour'
        """,
        """
        update platform.invoices
        set status = 'paid', amount_remaining = 0, happened_at = happened_at - interval '1 hour'
        """,
        "delete from platform.invoices",
        "delete from platform.subscriptions",
        """
        update platform.organizations
        set plan = 'scale', billing_state = 'current', billing_state_ends_at = null
        """,
    )
    for spoil in spoils:
        with life.platform.admin() as connection:
            connection.execute(spoil)
        assert life.compare().differences, spoil
        mended = life.ledger.known(life.here).standing
        assert (mended.plan, mended.state) == ("pro", "past_due"), spoil
    assert life.compare().differences == ()


def test_a_customer_who_was_deleted_at_stripe_is_found_at_night(life: Life) -> None:
    life.owing()
    life.shop.v1.customers.delete(life.customer)
    done = life.compare()
    assert [(one.of.split()[0], one.field) for one in done.differences][:2] == [
        ("customer", "is_deleted"),
        ("organization", "plan"),
    ]
    assert done.standing
    assert (done.standing.plan, done.standing.state) == ("free", "current")


def test_a_clock_that_was_deleted_took_its_customer_with_it(life: Life) -> None:
    life.owing()
    life.shop.v1.test_helpers.test_clocks.delete(life.shop.clock.id)
    for _ in range(2):
        standing = life.compare().standing
        assert standing
        assert (standing.plan, standing.state) == ("free", "current")
    assert life.step().plan == "free"


def test_customers_of_all_organizations_are_found_page_by_page(
    life: Life, organization: Callable[..., uuid.UUID]
) -> None:
    others = [organization(), organization()]
    for one in others:
        customer = life.shop.new_customer()
        life.ledger.open_account(
            one, Customer(id=customer, is_live=False, test_clock_id=life.shop.clock.id)
        )
    found, after = [], ""
    while page := life.steps.accounts_after(after, 2):
        found += [one.tenant_id for one in page]
        after = page[-1].customer_id
    assert sorted(found) == sorted([life.here, *others])


# the end of an organization


def test_who_is_deleted_is_charged_no_more(life: Life) -> None:
    life.owing()
    with life.platform.admin() as connection:
        connection.execute("update platform.organizations set deletion_due_at = now()")
    assert PostgresDeletionStore(life.database).close(life.here)
    closing = Closing(accounts=life.steps, books=lambda: life.books)
    for _ in range(2):
        closing(life.here)
    assert life.shop.v1.customers.retrieve(life.customer).deleted is True
    assert life.stepper.step(life.here) is None
    life.shop.at(FAILS)
    assert len(life.shop.invoices(life.customer)) == 1
