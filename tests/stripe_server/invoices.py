"""Invoices: drafted, made final, shown, voided; what was prorated and waits for the next one.

In: lines. Out: invoices with totals in whole minor units. Callers: `subscriptions.py`, `renewals.py`, `collecting.py` takes the
money. The surprise: what is owed back (a sum below nothing) becomes the customer's balance and pays the next invoices.
"""

from __future__ import annotations

from tests.stripe_server import blanks, lines
from tests.stripe_server.changes import change
from tests.stripe_server.customers import alive
from tests.stripe_server.wire import INCLUDABLE, invalid, page

DRAFT_S = 3600
"""How long a renewal's invoice can still be changed."""


def drafted(account, subscription, reason, found, *, period=None, is_final_later=False):
    """An invoice for these lines and all that waits; `period`: the one that was used, which it looks back on."""
    customer = account.store.find(subscription["customer"])
    at = account.now(customer)
    items = waiting(account, subscription)
    found = [*(each["_line"] for each in items), *found]
    drawn = blank(account, subscription, customer, reason, found, at)
    drawn["period_start"], drawn["period_end"] = period or (at, at)
    made = account.new("invoice", "in", of=customer, **drawn)
    for each in (*made["lines"]["data"], *items):
        each["invoice"] = made["id"]
    made["lines"]["url"] = f"/v1/invoices/{made['id']}/lines"
    if is_final_later:
        made["automatically_finalizes_at"] = at + DRAFT_S
    subscription["latest_invoice"] = made["id"]
    account.tell("invoice.created", made)
    return made


def blank(account, subscription, customer, reason, found, at):
    """An invoice as data, without an id, kept nowhere: a preview is no more than this."""
    settings = {
        **blanks.INVOICE["automatic_tax"],
        "enabled": subscription["automatic_tax"]["enabled"],
    }
    if settings["enabled"]:
        settings.update(status="complete", provider="stripe")
    drawn = blanks.made(
        blanks.INVOICE,
        account_country="ES",
        account_name="The double",
        automatic_tax=settings,
        billing_reason=reason,
        collection_method=subscription["collection_method"],
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_shipping=customer["shipping"],
        customer_tax_exempt=customer["tax_exempt"],
        lines=blanks.page(found, "/v1/invoices/upcoming/lines"),
        parent={
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        period_start=at,
        period_end=at,
        starting_balance=customer["balance"],
        test_clock=customer["test_clock"],
    )
    add_up(drawn)
    return drawn


def add_up(invoice):
    total = sum(line["amount"] for line in invoice["lines"]["data"])
    for name in ("subtotal", "total", "subtotal_excluding_tax", "total_excluding_tax"):
        invoice[name] = total
    due = max(0, total + invoice["starting_balance"]) if total > 0 else 0
    invoice.update(amount_due=due, amount_paid=0, amount_remaining=due)


def finalized(account, invoice):
    """Open, with a number and a page; usage is counted for the last time."""
    customer = account.store.find(invoice["customer"])
    at = account.now(customer)
    for line in invoice["lines"]["data"]:
        if line.get("_is_usage"):
            price = account.store.get("price", line["pricing"]["price_details"]["price"])
            lines.recount(account, customer["id"], line, price)
    invoice["starting_balance"] = customer["balance"]
    add_up(invoice)
    _settle_balance(account, customer, invoice)
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    page_url = f"{account.url}/_invoice/{invoice['id']}"
    invoice.update(
        automatically_finalizes_at=None,
        effective_at=at,
        hosted_invoice_url=page_url,
        invoice_pdf=f"{page_url}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04}",
        status="open",
    )
    invoice["status_transitions"]["finalized_at"] = at
    account.tell("invoice.finalized", invoice)
    return invoice


def _settle_balance(account, customer, invoice):
    """What the balance pays, or what is put on it."""
    invoice["ending_balance"] = customer["balance"] + invoice["total"] - invoice["amount_due"]
    if invoice["ending_balance"] != customer["balance"]:
        before = {"balance": customer["balance"]}
        customer["balance"] = invoice["ending_balance"]
        account.tell("customer.updated", customer, previous=before)


def subscription_of(account, invoice):
    details = (invoice["parent"] or {}).get("subscription_details")
    return account.store.find(details["subscription"]) if details else None


def of_subscription(account, subscription, *statuses):
    found = account.store.all("invoice", customer=subscription["customer"])
    return [
        each
        for each in found
        if each["parent"]["subscription_details"]["subscription"] == subscription["id"]
        and (not statuses or each["status"] in statuses)
    ]


def wait_for_next(account, subscription, found):
    """Lines that are paid with the next invoice: what Stripe calls pending invoice items."""
    for line in found:
        price = line["pricing"]["price_details"]
        made = account.new(
            "invoiceitem",
            "ii",
            of=subscription,
            **blanks.made(
                blanks.INVOICE_ITEM,
                amount=line["amount"],
                currency=line["currency"],
                customer=subscription["customer"],
                date=account.now(subscription),
                description=line["description"],
                parent={
                    "subscription_details": {
                        "subscription": subscription["id"],
                        "subscription_item": line["parent"]["subscription_item_details"]["subscription_item"],
                    },
                    "type": "subscription_details",
                },
                period=line["period"],
                pricing={**line["pricing"], "price_details": price},
                quantity=line["quantity"],
                test_clock=subscription["test_clock"],
            ),
            _line=line,
        )  # fmt: skip
        del made["created"]  # Stripe calls it `date` here.
        line["parent"]["subscription_item_details"]["invoice_item"] = made["id"]
        account.tell("invoiceitem.created", made)


def waiting(account, subscription):
    """Pending items, as they are."""
    found = account.store.all("invoiceitem", customer=subscription["customer"], invoice=None)
    return [each for each in found if each["parent"]["subscription_details"]["subscription"] == subscription["id"]]  # fmt: skip


def retrieve(account, params, id_):
    return account.store.get("invoice", id_)


def listed(account, params):
    wanted = {name: params[name] for name in ("customer", "status") if name in params}
    found = account.store.all("invoice", **wanted)
    if "subscription" in params:
        chosen = account.store.get("subscription", params["subscription"], "subscription")
        found = [each for each in found if subscription_of(account, each) is chosen]
    return page(found, params, "/v1/invoices")


def list_lines(account, params, id_):
    found = account.store.get("invoice", id_)["lines"]["data"]
    return page(found, params, f"/v1/invoices/{id_}/lines", newest_first=False)


def update(account, params, id_):
    found = account.store.get("invoice", id_)
    before = change(
        found, params, ["auto_advance", "description", "footer", "default_payment_method"]
    )
    if before:
        account.tell("invoice.updated", found, previous=before)
    return found


def delete(account, params, id_):
    found = account.store.get("invoice", id_)
    if found["status"] != "draft" or found["parent"]:
        raise invalid("You can only delete draft invoices that are not of a subscription.")
    account.store.remove(id_)
    return {"id": id_, "object": "invoice", "deleted": True}


def create_item(account, params):
    customer = alive(account, params["customer"])
    raise invalid(
        f"This double makes invoice items of prorations alone, none for {customer['id']}."
    )


def list_items(account, params):
    wanted = {"customer": params["customer"]} if "customer" in params else {}
    found = account.store.all("invoiceitem", **wanted)
    if "pending" in params:
        found = [each for each in found if (each["invoice"] is None) == params["pending"]]
    return page(found, params, "/v1/invoiceitems")


def _secret(account, shown):
    invoice = account.store.find(shown["id"])
    intent = account.store.find(invoice["_intent"]) if invoice.get("_intent") else None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None


def _payments(account, shown):
    found = account.store.all("invoice_payment", invoice=shown["id"])
    return blanks.page(found, f"/v1/invoice_payments?invoice={shown['id']}")


INCLUDABLE[("invoice", "confirmation_secret")] = _secret
INCLUDABLE[("invoice", "payments")] = _payments


def retrieve_payment(account, params, id_):
    return account.store.get("invoice_payment", id_)


def list_payments(account, params):
    wanted = {name: params[name] for name in ("invoice", "status") if name in params}
    found = account.store.all("invoice_payment", **wanted)
    asked = params.get("payment") or {}
    if "payment_intent" in asked:
        found = [
            each for each in found if each["payment"]["payment_intent"] == asked["payment_intent"]
        ]
    return page(found, params, "/v1/invoice_payments")


ROUTES = {
    ("GET", "/v1/invoices"): (listed, "InvoiceListParams"),
    ("GET", "/v1/invoices/{id}"): (retrieve, "InvoiceRetrieveParams"),
    ("POST", "/v1/invoices/{id}"): (update, "InvoiceUpdateParams"),
    ("DELETE", "/v1/invoices/{id}"): (delete, "InvoiceDeleteParams"),
    ("GET", "/v1/invoices/{id}/lines"): (list_lines, "InvoiceLineItemListParams"),
    ("POST", "/v1/invoiceitems"): (create_item, "InvoiceItemCreateParams"),
    ("GET", "/v1/invoiceitems"): (list_items, "InvoiceItemListParams"),
    ("GET", "/v1/invoice_payments"): (list_payments, "InvoicePaymentListParams"),
    ("GET", "/v1/invoice_payments/{id}"): (retrieve_payment, "InvoicePaymentRetrieveParams"),
}
