"""`/v1/plans` and `/v1/billing`: what is offered, what an organization bought and owes, and what happens when."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.errors import BillingNotOffered, Conflict, PaymentDeclined, PaymentRequired
from chalicelib.http.call import Call
from chalicelib.http.endpoint import endpoint

if TYPE_CHECKING:
    from chalicelib.billing.buying import Buyer
    from chalicelib.billing.changing import Change, Changer
    from chalicelib.billing.offer import Offer
    from chalicelib.billing.overview import HowPaid
    from chalicelib.billing.records import Checkout, Invoice
    from chalicelib.http.schemas.billing import (
        BillingPageQuery,
        CheckoutWanted,
        OverageWanted,
        PageQuery,
        PlanQuery,
        PlanWanted,
    )
    from chalicelib.tenancy.pages import Page

routes = Blueprint(__name__)

PRICES_CACHED_S = 300


@endpoint(
    routes,
    "/v1/plans",
    method="GET",
    needs=None,
    gives="OfferShown",
    cacheable_s=PRICES_CACHED_S,
)
def list_plans(call: Call) -> Offer:
    """Plans: what each includes in a period, and what it costs."""
    from chalicelib.billing.offer import offer

    return offer(
        call.wires.price_ids,
        call.wires.ledger.prices(),
        is_for_sale=bool(call.wires.settings.stripe_secret_id),
    )


@endpoint(
    routes,
    "/v1/billing/subscription",
    method="GET",
    needs="billing:manage",
    gives="SubscriptionShown",
    refuses=(BillingNotOffered,),
)
def read(call: Call) -> dict[str, Any]:
    """How its billing stands: plan, state, period, what is used, what is owed, and what happens when."""
    return shown(call)


@endpoint(
    routes,
    "/v1/billing/checkout",
    method="POST",
    needs="billing:manage",
    gives="CheckoutShown",
    status=201,
    creates=True,
    refuses=(BillingNotOffered, Conflict, PaymentRequired),
)
def check_out(call: Call, body: CheckoutWanted) -> Checkout:
    """Get a page where a plan is bought. One that is open for the same plan is given again; others are closed."""
    from chalicelib.billing.buying import buy

    return buy(
        buyer(call),
        body.plan,
        now=datetime.now(UTC),
        public_url=call.wires.settings.public_url,
        ledger=call.wires.ledger,
        selling=call.wires.selling,
        books=call.wires.books,
    )


@endpoint(
    routes,
    "/v1/billing/portal",
    method="POST",
    needs="billing:manage",
    gives="PortalShown",
    refuses=(BillingNotOffered, Conflict),
)
def open_portal(call: Call) -> dict[str, str]:
    """Get a page of Stripe's for cards, addresses, tax numbers and invoices. Whoever has its address is let in."""
    from chalicelib.billing.buying import portal

    url = portal(
        buyer(call),
        public_url=call.wires.settings.public_url,
        ledger=call.wires.ledger,
        selling=call.wires.selling,
        trail=call.wires.audit,
    )
    return {"page_url": url}


@endpoint(
    routes,
    "/v1/billing/plan-change",
    method="GET",
    needs="billing:manage",
    gives="ChangeShown",
    refuses=(BillingNotOffered, Conflict),
)
def preview_change(call: Call, query: PlanQuery) -> Change:
    """What another plan would cost now, and when it would begin. Nothing changes."""
    from chalicelib.billing.changing import preview

    return preview(query.plan, who=changer(call))


@endpoint(
    routes,
    "/v1/billing/plan",
    method="PUT",
    needs="billing:manage",
    gives="SubscriptionShown",
    refuses=(BillingNotOffered, Conflict, PaymentRequired, PaymentDeclined),
)
def change_plan(call: Call, body: PlanWanted) -> dict[str, Any]:
    """Have another plan. A higher one is paid at once or nothing changes; a lower one begins when the period ends."""
    from chalicelib.billing.changing import change

    change(body.plan, who=changer(call))
    return shown_afterwards(call)


@endpoint(
    routes,
    "/v1/billing/cancel",
    method="POST",
    needs="billing:manage",
    gives="SubscriptionShown",
    refuses=(BillingNotOffered, Conflict),
)
def cancel(call: Call) -> dict[str, Any]:
    """End the plan with the period that is paid. Until then it works, and this can be taken back."""
    from chalicelib.billing.changing import cancel

    cancel(who=changer(call))
    return shown_afterwards(call)


@endpoint(
    routes,
    "/v1/billing/resume",
    method="POST",
    needs="billing:manage",
    gives="SubscriptionShown",
    refuses=(BillingNotOffered, Conflict),
)
def resume(call: Call) -> dict[str, Any]:
    """Go on with the present plan: neither its end nor a lower one happens. Where nothing was to happen, nothing does."""
    from chalicelib.billing.changing import resume

    resume(who=changer(call))
    return shown_afterwards(call)


@endpoint(
    routes,
    "/v1/billing/overage",
    method="PUT",
    needs="billing:manage",
    gives="SubscriptionShown",
    refuses=(BillingNotOffered, Conflict),
)
def allow_overage(call: Call, body: OverageWanted) -> dict[str, Any]:
    """Say how far beyond the plan a period may go. What goes beyond is on the next invoice."""
    from chalicelib.billing.changing import allow_overage

    refuse_where_nothing_is_sold(call)
    here, by = call.principal.tenant_id, call.principal.actor
    allow_overage(here, body.generations_max, by=by, ledger=call.wires.ledger)
    return shown(call)


@endpoint(
    routes,
    "/v1/billing/invoices",
    method="GET",
    needs="billing:manage",
    gives="InvoicePage",
    refuses=(BillingNotOffered,),
)
def list_invoices(call: Call, query: PageQuery) -> Page[Invoice]:
    """Invoices, the newest first."""
    refuse_where_nothing_is_sold(call)
    return call.wires.ledger.invoices(call.principal.tenant_id, **dict(query))


@endpoint(
    routes,
    "/v1/billing/payment-method",
    method="GET",
    needs="billing:manage",
    gives="HowPaidShown",
    refuses=(BillingNotOffered,),
)
def show_payment_method(call: Call) -> HowPaid:
    """How the next invoice would be paid, and whether that still works. Asked of Stripe each time; never kept here."""
    from chalicelib.billing.overview import how_paid

    refuse_where_nothing_is_sold(call)
    known = call.wires.ledger.known(call.principal.tenant_id)
    return how_paid(known.account, selling=call.wires.selling)


@endpoint(routes, "/billing", method="GET", needs=None, media_type="text/html; charset=utf-8")
def show_page(call: Call, query: BillingPageQuery) -> Response:
    """Where Stripe sends people back to: says what happened, and where to go on."""
    from chalicelib.http.billing_page import page

    told = page(query.came, query.lang or call.language)
    return Response(body=told.html, headers={**told.headers})


def shown(call: Call) -> dict[str, Any]:
    from chalicelib.billing.overview import overview
    from chalicelib.http.billing_usage import bill

    refuse_where_nothing_is_sold(call)
    here = call.principal.tenant_id
    seen = overview(call.wires.ledger.known(here), datetime.now(UTC))
    quota, usage = call.wires.organizations.quota(here), bill(call, "day")
    return {**asdict(seen), "quota": quota, "usage": usage}


def shown_afterwards(call: Call) -> dict[str, Any]:
    """A letter may be waiting."""
    call.wires.jobs.put("mail")
    return shown(call)


def buyer(call: Call) -> Buyer:
    from chalicelib.billing.buying import Buyer

    refuse_where_nothing_is_sold(call)
    here = call.principal.tenant_id
    return Buyer(
        organization=call.wires.organizations.read(here),
        members=tuple(call.wires.members.all(here)),
        person_id=call.principal.user_id,
        actor=call.principal.actor,
        locale=call.language,
    )


def changer(call: Call) -> Changer:
    from chalicelib.billing.changing import Changer

    refuse_where_nothing_is_sold(call)
    return Changer(
        tenant_id=call.principal.tenant_id,
        actor=call.principal.actor,
        ledger=call.wires.ledger,
        subscriptions=call.wires.subscriptions,
    )


def refuse_where_nothing_is_sold(call: Call) -> None:
    from chalicelib.billing.buying import refuse_where_nothing_is_sold

    refuse_where_nothing_is_sold(call.wires.settings.stripe_secret_id)
