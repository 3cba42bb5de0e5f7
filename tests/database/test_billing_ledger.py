"""What is kept of billing: the fake and PostgreSQL keep the same promises; PostgreSQL alone the audit log and the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters import billing_rows
from chalicelib.adapters.billing_ledger import PostgresLedger
from chalicelib.adapters.database import Database
from chalicelib.billing.ledger import Ledger, present
from chalicelib.billing.newest import fetched_moment
from chalicelib.billing.ports import Customer, Fetched
from chalicelib.billing.records import Checkout, Invoice, Moment, Subscription
from chalicelib.errors import InvalidRequest, NotFound
from tests import fakes_billing
from tests.database.world import Platform

BY = "user:ana"
NOW = datetime.now(UTC).replace(microsecond=0)
ANA = Customer(id="cus_ana", is_live=False, test_clock_id=None)


@pytest.fixture
def postgres_ledger(database: Database) -> PostgresLedger:
    return PostgresLedger(database)


@pytest.fixture(params=["fake", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Any:
    if request.param == "fake":
        return fakes_billing.Ledger()
    return request.getfixturevalue("postgres_ledger")


@pytest.fixture
def tenant(organization: Callable[..., UUID]) -> UUID:
    return organization("free")


@pytest.fixture
def bought(ledger: Ledger, tenant: UUID) -> UUID:
    """With an account."""
    ledger.open_account(tenant, ANA)
    return tenant


def page(number: int = 1, **more: Any) -> Checkout:
    made = Checkout(
        id=f"cs_test_{number}",
        plan="pro",
        status="open",
        page_url=f"https://pay.example/{number}",
        expires_at=NOW + timedelta(days=1),
    )
    return replace(made, **more)


def closed(checkout: Checkout, status: Any = "expired") -> Checkout:
    return replace(checkout, status=status, page_url=None)


def fetched(second: int = 0, *, pending: Any = None, **more: Any) -> Fetched:
    one = Subscription(
        **{
            "id": "sub_1",
            "status": "active",
            "price_id": "price_pro",
            "plan": "pro",
            "currency": "usd",
            "period_started_at": NOW,
            "period_ends_at": NOW + timedelta(days=30),
            "began_at": NOW,
            "schedule_id": "sub_sched_1" if pending else None,
            **more,
        }
    )
    return Fetched(
        subscription=one,
        moment=fetched_moment(one, NOW + timedelta(seconds=second)),
        pending_plan=pending,
        pending_at=one.period_ends_at if pending else None,
    )


# ---- both ----


def test_who_never_bought_has_no_account(ledger: Ledger, tenant: UUID) -> None:
    known = ledger.known(tenant)
    assert (known.account, known.standing.plan, known.standing.state) == (None, "free", "current")
    assert (known.subscriptions, known.owed, known.checkouts) == ((), (), ())


def test_the_first_customer_stays(ledger: Ledger, bought: UUID) -> None:
    again = ledger.open_account(bought, replace(ANA, id="cus_another"))
    assert again.customer_id == "cus_ana"
    known = ledger.known(bought).account
    assert known is not None
    assert known.customer_id == "cus_ana"


def test_a_page_is_kept_once_and_told_to_the_next(ledger: Ledger, bought: UUID) -> None:
    assert ledger.keep_checkout(bought, page(1), by=BY) == []
    assert ledger.keep_checkout(bought, page(1), by=BY) == []
    assert ledger.keep_checkout(bought, page(2), by=BY) == [page(1)]


def test_a_closed_page_stays_closed_and_the_last_one_is_shown(ledger: Ledger, bought: UUID) -> None:
    ledger.keep_checkout(bought, page(1), by=BY)
    ledger.close_checkout(bought, closed(page(1), "complete"))
    ledger.close_checkout(bought, closed(page(1), "expired"))
    assert ledger.known(bought).checkouts == (closed(page(1), "complete"),)
    assert ledger.keep_checkout(bought, page(2), by=BY) == []
    assert ledger.known(bought).checkouts[0] == page(2)


def test_what_stripe_answered_is_what_it_is_entitled_to_at_once(
    ledger: Ledger, bought: UUID
) -> None:
    ledger.hear(bought, [fetched()], by=BY)
    known = ledger.known(bought)
    assert (known.standing.plan, known.standing.period_started_at) == ("pro", NOW)
    assert present(known) == fetched()


def test_an_older_answer_changes_nothing(ledger: Ledger, bought: UUID) -> None:
    ledger.hear(bought, [fetched(10, plan="scale")], by=BY)
    ledger.hear(bought, [fetched(5)], by=BY)
    assert ledger.known(bought).standing.plan == "scale"


def test_what_is_to_change_is_kept_and_taken_back(ledger: Ledger, bought: UUID) -> None:
    ledger.hear(bought, [fetched(1, pending="starter")], by=BY)
    has = present(ledger.known(bought))
    assert has is not None
    assert (has.pending_plan, has.pending_at) == ("starter", NOW + timedelta(days=30))
    ledger.hear(bought, [fetched(5)], by=BY)
    has = present(ledger.known(bought))
    assert has is not None
    assert has.pending_plan is None


def test_what_ended_gives_nothing_any_more(ledger: Ledger, bought: UUID) -> None:
    ledger.hear(bought, [fetched(1)], by=BY)
    ledger.hear(bought, [fetched(9, status="canceled", ended_at=NOW)], by=BY)
    known = ledger.known(bought)
    assert (known.standing.plan, present(known)) == ("free", None)
    assert len(known.subscriptions) == 1


def test_a_customer_who_is_gone_is_followed_by_another_with_nothing(
    ledger: Ledger, bought: UUID
) -> None:
    ledger.hear(bought, [fetched()], by=BY)
    ledger.customer_is_gone(bought, "cus_another")
    assert ledger.known(bought).standing.plan == "pro"
    ledger.customer_is_gone(bought, "cus_ana")
    assert ledger.known(bought).standing.plan == "free"
    assert ledger.open_account(bought, replace(ANA, id="cus_second")).customer_id == "cus_second"
    assert present(ledger.known(bought)) is None


def test_going_beyond_the_plan_is_kept(ledger: Ledger, bought: UUID) -> None:
    ledger.allow_overage(bought, 7, by=BY)
    assert ledger.known(bought).overage_generations_max == 7


def test_what_one_has_the_other_does_not_see(
    ledger: Ledger, bought: UUID, organization: Callable[..., UUID]
) -> None:
    other = organization("free")
    ledger.keep_checkout(bought, page(1), by=BY)
    ledger.hear(bought, [fetched()], by=BY)
    known = ledger.known(other)
    assert (known.account, known.subscriptions, known.checkouts) == (None, (), ())
    assert ledger.invoices(other, cursor=None, limit=10).items == ()


# ---- PostgreSQL ----


def test_a_customer_is_followed_by_another_only_after_it_was_deleted(
    postgres_ledger: PostgresLedger, platform: Platform, tenant: UUID
) -> None:
    postgres_ledger.open_account(tenant, ANA)
    postgres_ledger.hear(tenant, [fetched()], by=BY)
    with platform.admin() as connection:
        connection.execute("update platform.billing_accounts set customer_deleted_at = now()")
    assert postgres_ledger.known(tenant).subscriptions == ()
    after = postgres_ledger.open_account(tenant, replace(ANA, id="cus_second"))
    assert (after.customer_id, after.customer_deleted_at) == ("cus_second", None)
    assert postgres_ledger.known(tenant).subscriptions == ()


def test_nothing_is_kept_for_who_has_no_account(
    postgres_ledger: PostgresLedger, tenant: UUID
) -> None:
    with pytest.raises(NotFound):
        postgres_ledger.keep_checkout(tenant, page(), by=BY)
    with pytest.raises(NotFound):
        postgres_ledger.known(uuid4())


def test_who_did_what_is_in_the_audit_log_with_what_it_changed(
    postgres_ledger: PostgresLedger, platform: Platform, tenant: UUID
) -> None:
    postgres_ledger.open_account(tenant, ANA)
    postgres_ledger.keep_checkout(tenant, page(), by=BY)
    postgres_ledger.hear(tenant, [fetched(1)], by=BY)
    postgres_ledger.hear(
        tenant, [fetched(5, pending="starter")], by=BY, action="billing.plan_change_scheduled"
    )
    postgres_ledger.allow_overage(tenant, 7, by=BY)
    with platform.admin() as connection:
        lines = connection.execute(
            "select actor, action, facts from platform.audit_log order by id"
        ).fetchall()
    assert {actor for actor, _, _ in lines} == {BY}
    assert [(action, facts.get("after", facts)) for _, action, facts in lines] == [
        ("billing.checkout_opened", {"plan": "pro"}),
        ("billing.plan_changed", {"plan": "pro"}),
        (
            "billing.plan_change_scheduled",
            {"pending_plan": "starter", "pending_at": str(NOW + timedelta(days=30))},
        ),
        ("billing.overage_changed", {"overage_generations_max": 7}),
    ]


def test_an_answer_that_got_lost_makes_a_step_due(
    postgres_ledger: PostgresLedger, platform: Platform, tenant: UUID
) -> None:
    postgres_ledger.open_account(tenant, ANA)
    postgres_ledger.look_again(tenant)
    with platform.admin() as connection:
        due = connection.execute(
            "select job from platform.tenant_jobs where organization_id = %s and due_at <= now()",
            [tenant],
        ).fetchall()
    assert due == [("billing",)]


def test_of_two_pages_kept_at_the_same_time_one_is_told_of_the_other(
    postgres_ledger: PostgresLedger, tenant: UUID
) -> None:
    postgres_ledger.open_account(tenant, ANA)
    told: dict[int, list[Checkout]] = {}
    barrier = threading.Barrier(2)

    def keep(number: int) -> None:
        barrier.wait()
        told[number] = postgres_ledger.keep_checkout(tenant, page(number), by=BY)

    threads = [threading.Thread(target=keep, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, told.values())) == [0, 1]


def test_invoices_come_in_pages_without_drafts_the_newest_first(
    postgres_ledger: PostgresLedger, database: Database, tenant: UUID
) -> None:
    postgres_ledger.open_account(tenant, ANA)
    made = [
        fakes_billing.invoice(number, made_at=NOW + timedelta(days=number // 2), status=status)
        for number, status in enumerate(("paid", "open", "draft", "void", "paid"), start=1)
    ]
    with database.tenant_session(tenant) as session:
        for one in made:
            billing_rows.keep_invoice(session, one, Moment(NOW, 1, "evt_1"))
    seen: list[Invoice] = []
    cursor = None
    for _ in range(2):
        listed = postgres_ledger.invoices(tenant, cursor=cursor, limit=2)
        seen += listed.items
        cursor = listed.next_cursor
    assert [one.id for one in seen] == ["in_5", "in_4", "in_2", "in_1"]
    assert cursor is None
    with pytest.raises(InvalidRequest):
        postgres_ledger.invoices(tenant, cursor="bm90IG91cnM=", limit=2)


def test_prices_are_everybodys(postgres_ledger: PostgresLedger, platform: Platform) -> None:
    assert postgres_ledger.prices() == []
    with platform.app() as connection:
        connection.execute(
            "select platform.note_stripe_price('price_1', 'prod_1', true, 'usd', 0.001, 'month', now(), 'evt_1')"
        )
    [price] = postgres_ledger.prices()
    assert (price.id, str(price.unit_amount_decimal), price.interval) == (
        "price_1",
        "0.001",
        "month",
    )
