"""Buying the first plan, and the pages of Stripe's where people pay and look after how they pay.

In: an organization, a plan, who asks. Out: a page's address. Callers: `http/billing.py`. The surprise: a page for the same
plan that is still open is given again, and any other is closed first, so that two tabs never pay twice; whether a page
was paid on is asked of Stripe, because the event that tells of it may be on its way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from chalicelib.billing.ledger import Known, Ledger, present
from chalicelib.billing.ports import Books, CheckoutWish, Customer, Selling
from chalicelib.billing.records import Account, Checkout
from chalicelib.errors import BillingNotOffered, Conflict, NotFound, PaymentRequired
from chalicelib.tenancy.audit import Trail
from chalicelib.tenancy.members import Member
from chalicelib.tenancy.organizations import Organization
from chalicelib.tenancy.plans import PaidPlan

PAGE: Final = "{public_url}/billing?came={came}&lang={locale}"
"""Where Stripe sends people back to: `http/billing_page.py`."""

Locale = Literal["es", "en"]


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Who buys, for whom."""

    organization: Organization
    members: tuple[Member, ...]
    person_id: UUID | None
    """None for an API key."""
    actor: str
    locale: Locale

    @property
    def email(self) -> str:
        """Where Stripe's receipts go: to whoever buys, or to the oldest owner when a program does."""
        asking = [one for one in self.members if one.user_id == self.person_id]
        owners = [one for one in self.members if one.role == "owner"]
        oldest_first = sorted(owners, key=lambda one: one.joined_at)
        return next((one.email for one in [*asking, *oldest_first]), "")


def refuse_where_nothing_is_sold(stripe_secret_id: str) -> None:
    if not stripe_secret_id:
        raise BillingNotOffered("Nothing is sold here: this deployment has no payment provider.")


def buy(
    buyer: Buyer,
    plan: PaidPlan,
    *,
    now: datetime,
    public_url: str,
    ledger: Ledger,
    selling: Selling,
    books: Books,
) -> Checkout:
    """A page that is open for this plan. Safe to repeat."""
    here = buyer.organization.id
    known = ledger.known(here)
    _refuse_what_is_not_for_sale(buyer.organization, known)
    if known.account is None or _is_gone(known.account, books):
        known = _as_a_new_customer(buyer, known, ledger, selling)
    still_open = [page for page in known.checkouts if page.status == "open"]
    if again := [page for page in still_open if _is_to_be_given_again(page, plan, now, selling)]:
        return again[0]
    _close(buyer, still_open, ledger=ledger, selling=selling, books=books)
    wish = _wish(buyer, known, plan, public_url)
    made = selling.open_checkout(wish, key=_checkout_key(wish, known))
    raced = ledger.keep_checkout(here, made, by=buyer.actor)
    _close(buyer, raced, made, ledger=ledger, selling=selling, books=books)
    return made


def portal(buyer: Buyer, *, public_url: str, ledger: Ledger, selling: Selling, trail: Trail) -> str:
    """The address of a page of Stripe's, good for some minutes, for cards, addresses, tax numbers and invoices."""
    account = ledger.known(buyer.organization.id).account
    if account is None or account.customer_deleted_at:
        raise Conflict(
            "Nothing was ever bought here, so there is nothing to look after. Buy a plan first."
        )
    back = PAGE.format(public_url=public_url, came="back", locale=buyer.locale)
    url = selling.portal_url(account.customer_id, locale=buyer.locale, return_url=back)
    here = buyer.organization.id
    trail.add(here, buyer.actor, "billing.portal_opened", here)
    return url


def _refuse_what_is_not_for_sale(organization: Organization, known: Known) -> None:
    if organization.deletion_due_at:
        raise Conflict(
            "This organization is going to be deleted. Take that back before you buy something."
        )
    if known.owed:
        raise PaymentRequired(
            "There is an invoice to pay before something new can be bought.",
            billing_state=known.standing.state,
            page_url=known.owed[0].page_url,
        )
    if has := present(known):
        plan = has.subscription.plan
        raise Conflict(f"It has {plan or 'a plan of its own'} already. Change it.", plan=plan)
    if known.account is None and known.standing.plan != "free":
        raise Conflict(
            f"It has {known.standing.plan} without paying: there is nothing to buy.",
            given_plan=known.standing.plan,
        )


def _is_gone(account: Account, books: Books) -> bool:
    """Deleted at Stripe, whether or not we were told, or of a mode or an account that the key is not for."""
    if account.customer_deleted_at:
        return True
    try:
        return books.customer_now(account.customer_id).is_deleted
    except NotFound:
        return True


def _as_a_new_customer(buyer: Buyer, known: Known, ledger: Ledger, selling: Selling) -> Known:
    """Pages of a customer who is gone are gone, too."""
    here = buyer.organization.id
    if known.account:
        ledger.customer_is_gone(here, known.account.customer_id)
    for page in known.checkouts:
        ledger.close_checkout(here, replace(page, status="expired", page_url=None))
    ledger.open_account(here, _new_customer(buyer, known, selling))
    return ledger.known(here)


def _new_customer(buyer: Buyer, known: Known, selling: Selling) -> Customer:
    who = {
        "name": buyer.organization.name,
        "email": buyer.email,
        "locale": buyer.organization.locale,
    }
    before = known.account.customer_id if known.account else ""
    key = _key("customer", buyer.organization.id, before, *who.values())
    return selling.customer(buyer.organization.id, **who, key=key)


def _is_to_be_given_again(page: Checkout, plan: PaidPlan, now: datetime, selling: Selling) -> bool:
    if page.plan != plan or page.expires_at <= now:
        return False
    return selling.checkout(page.id).status == "open"


def _close(
    buyer: Buyer,
    pages: list[Checkout],
    made: Checkout | None = None,
    *,
    ledger: Ledger,
    selling: Selling,
    books: Books,
) -> None:
    """So that nobody pays there any more. Raises `Conflict` when somebody has; then nobody pays on `made` either.
    What was bought on a page that nobody told us of may have ended since."""
    here = buyer.organization.id
    closed = [selling.expire_checkout(page.id) for page in pages]
    for page in closed:
        ledger.close_checkout(here, page)
    if paid := [page for page in closed if page.status == "complete"]:
        if made:
            ledger.close_checkout(here, selling.expire_checkout(made.id))
        if account := ledger.known(here).account:
            ledger.hear(here, books.subscriptions_of(account.customer_id), by=buyer.actor)
        if present(ledger.known(here)):
            raise Conflict(f"{paid[0].plan} was bought a moment ago.", plan=paid[0].plan)


def _wish(buyer: Buyer, known: Known, plan: PaidPlan, public_url: str) -> CheckoutWish:
    def page(came: str) -> str:
        return PAGE.format(public_url=public_url, came=came, locale=buyer.locale)

    return CheckoutWish(
        tenant_id=buyer.organization.id,
        customer_id=known.account.customer_id if known.account else "",
        plan=plan,
        locale=buyer.locale,
        success_url=page("paid"),
        cancel_url=page("left"),
    )


def _checkout_key(wish: CheckoutWish, known: Known) -> str:
    """The same in two tabs that ask at the same time; another one as soon as the page it made was kept."""
    last = known.checkouts[0].id if known.checkouts else ""
    asked = (wish.customer_id, wish.plan, wish.locale, wish.success_url, last)
    return _key("checkout", wish.tenant_id, *asked)


def _key(what: str, tenant_id: UUID, *parts: str) -> str:
    return f"{what}:{tenant_id}:{sha256(json.dumps(parts).encode()).hexdigest()[:32]}"
