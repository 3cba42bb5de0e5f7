"""Checkout sessions: a page on which somebody pays, and what comes of it.

In: prices to be bought. Out: a page's address; once somebody paid there, a subscription. Callers: `routes.py`, `pages.py`.
The surprise: nothing of the subscription is there before somebody paid, and a session that was left alone expires after a day.
"""

from __future__ import annotations

from tests.stripe_server import blanks, cards, customers, items, lines, payments, subscriptions
from tests.stripe_server.changes import merged
from tests.stripe_server.wire import INCLUDABLE, Refused, invalid, page, whole_list

DAY_S = 86_400
SHORTEST_S = 30 * 60
SAME = ("billing_address_collection", "cancel_url", "client_reference_id", "customer_email", "locale", "payment_method_collection", "success_url", "allow_promotion_codes", "ui_mode")  # fmt: skip


def create(account, params):
    if params.get("mode") not in ("subscription", "setup"):
        raise invalid("This double sells subscriptions, and takes cards (mode=setup).", "mode")
    if params.get("ui_mode", "hosted_page") == "hosted_page" and not params.get("success_url"):
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
    if params.get("customer") and params.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    customer = customers.alive(account, params["customer"]) if params.get("customer") else None
    _refuse_updates(params, customer)
    sold = _line_items(account, params)
    id_ = account.store.new_id("cs_live" if account.store.is_live else "cs_test", 58)
    made = account.new("checkout.session", "cs", of=customer, **_session(account, params, customer, sold, id_))  # fmt: skip
    return made


def _refuse_updates(params, customer):
    has_tax = (params.get("automatic_tax") or {}).get("enabled")
    wants_ids = (params.get("tax_id_collection") or {}).get("enabled")
    update = params.get("customer_update") or {}
    if customer and has_tax and not customer["address"] and update.get("address") != "auto":
        raise invalid("Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.", "customer")  # fmt: skip
    if customer and wants_ids and update.get("name") != "auto":
        raise invalid("Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.", "tax_id_collection[enabled]")  # fmt: skip


def _line_items(account, params):
    wishes = params.get("line_items") or []
    if params["mode"] == "setup":
        return []
    if not wishes:
        raise invalid("You must pass at least one line item.", "line_items", "parameter_missing")
    sold = []
    for number, wish in enumerate(wishes):
        price = items.sellable(account, wish.get("price"), f"line_items[{number}][price]")
        if lines.is_metered(price) == ("quantity" in wish):
            word = "should not be" if lines.is_metered(price) else "is"
            raise invalid(f"Quantity {word} specified for `line_items[{number}]`; required unless the price is metered.", f"line_items[{number}][quantity]")  # fmt: skip
        sold.append({"price": price["id"], **{k: wish[k] for k in ("quantity",) if k in wish}})
    return sold


def _session(account, params, customer, sold, id_):
    at = account.now(customer)
    expires_at = params.get("expires_at", at + DAY_S)
    if not at + SHORTEST_S - 60 <= expires_at <= at + DAY_S:
        raise invalid("The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.", "expires_at")  # fmt: skip
    prices = [(account.store.get("price", each["price"]), each.get("quantity")) for each in sold]
    total = sum(lines.cost(price, quantity) for price, quantity in prices if quantity)
    tax = (params.get("automatic_tax") or {}).get("enabled", False)
    is_sale = params["mode"] == "subscription"
    known = {name: params[name] for name in SAME if params.get(name) is not None}
    return blanks.made(
        blanks.SESSION,
        **known,
        id=id_,
        amount_subtotal=total if is_sale else None,
        amount_total=total if is_sale else None,
        automatic_tax={"enabled": tax, "liability": {"type": "self", "account": None} if tax else None, "provider": "stripe" if tax else None, "status": "requires_location_inputs" if tax else None},
        created=at,
        currency=prices[0][0]["currency"] if prices else params.get("currency"),
        customer=customer["id"] if customer else None,
        expires_at=expires_at,
        metadata=merged({}, params.get("metadata")),
        mode=params["mode"],
        payment_status="unpaid" if is_sale else "no_payment_required",
        tax_id_collection={"enabled": (params.get("tax_id_collection") or {}).get("enabled", False), "required": "never"},
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if is_sale else None,
        url=f"{account.url}/_pay/{id_}",
        _sold=sold,
        _subscription_data=params.get("subscription_data") or {},
    )  # fmt: skip


def of_page(account, id_):
    return account.store.get("checkout.session", id_)


def pay(account, session, card, *, is_confirmed=False):
    """Somebody presses the button. Answers the `Outcome`; what is declined leaves the session open and nothing behind."""
    if session["status"] != "open":
        raise invalid("This page is closed.")
    done = cards.outcome(card, on_session=True, is_confirmed=is_confirmed)
    if done.status != "succeeded":
        return done
    customer = _customer(account, session)
    cards.attached(account, card, customer)
    if session["mode"] == "setup":
        session["setup_intent"] = payments.new_setup_intent(account, customer, card)["id"]
        card["_is_set_up"] = True
    else:
        _subscribe(account, session, customer, card, is_confirmed=is_confirmed)
    _complete(account, session, customer)
    return done


def _customer(account, session):
    if session["customer"]:
        return customers.alive(account, session["customer"])
    made = customers.create(account, {"email": session["customer_email"] or "somebody@example.com"})
    session["customer"] = made["id"]
    return made


def _subscribe(account, session, customer, card, *, is_confirmed):
    data = session["_subscription_data"]
    names = ("metadata", "trial_end", "trial_period_days", "trial_settings", "description")
    wish = {
        "items": session["_sold"],
        "default_payment_method": card["id"],
        **{name: data[name] for name in names if name in data},
    }
    if session["automatic_tax"]["enabled"]:
        wish["automatic_tax"] = {"enabled": True}
        session["automatic_tax"]["status"] = "complete"
    made = subscriptions.begin(
        account, customer, wish, card=card, on_session=True, is_confirmed=is_confirmed
    )
    session.update(subscription=made["id"], invoice=made["latest_invoice"])
    invoice = account.store.find(made["latest_invoice"])
    paid = "paid" if invoice["total"] else "no_payment_required"
    session["payment_status"] = paid if invoice["status"] == "paid" else "unpaid"


def _complete(account, session, customer):
    session.update(
        status="complete",
        url=None,
        customer_details={
            "address": customer["address"],
            "business_name": None,
            "email": customer["email"] or session["customer_email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [],
        },
    )
    account.tell("checkout.session.completed", session)


def expired(account, session):
    session.update(status="expired", url=None)
    account.tell("checkout.session.expired", session)
    return session


def expire(account, params, id_):
    found = account.store.get("checkout.session", id_)
    if found["status"] != "open":
        raise Refused(400, "invalid_request_error", f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `{found["status"]}`.')  # fmt: skip
    return expired(account, found)


def retrieve(account, params, id_):
    return account.store.get("checkout.session", id_)


def listed(account, params):
    wanted = {name: params[name] for name in ("customer", "subscription", "status") if name in params}  # fmt: skip
    found = account.store.all("checkout.session", **wanted)
    return page(found, params, "/v1/checkout/sessions")


def sold_lines(account, session):
    """The session's line items as Stripe shows them."""
    found = []
    for number, each in enumerate(account.store.find(session["id"])["_sold"]):
        price = account.store.get("price", each["price"])
        total = lines.cost(price, each.get("quantity", 0))
        found.append(
            {
                "id": f"li_{session['id'][-14:]}{number}",
                "object": "item",
                "adjustable_quantity": None,
                "amount_discount": 0,
                "amount_subtotal": total,
                "amount_tax": 0,
                "amount_total": total,
                "currency": price["currency"],
                "description": lines.product_name(account, price),
                "metadata": {},
                "price": price,
                "quantity": each.get("quantity"),
            }
        )
    return found


def list_sold(account, params, id_):
    found = sold_lines(account, account.store.get("checkout.session", id_))
    return page(found, params, f"/v1/checkout/sessions/{id_}/line_items", newest_first=False)


INCLUDABLE["checkout.session", "line_items"] = lambda account, session: whole_list(
    sold_lines(account, session), f"/v1/checkout/sessions/{session['id']}/line_items"
)
ROUTES = {
    ("POST", "/v1/checkout/sessions"): (create, "checkout.SessionCreateParams"),
    ("GET", "/v1/checkout/sessions"): (listed, "checkout.SessionListParams"),
    ("GET", "/v1/checkout/sessions/{id}"): (retrieve, "checkout.SessionRetrieveParams"),
    ("POST", "/v1/checkout/sessions/{id}/expire"): (expire, "checkout.SessionExpireParams"),
    ("GET", "/v1/checkout/sessions/{id}/line_items"): (list_sold, "checkout.SessionLineItemListParams"),
}  # fmt: skip
