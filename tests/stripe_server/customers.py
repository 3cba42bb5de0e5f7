"""Customers: who pays.

In: parameters. Out: customers. Callers: `routes.py`; subscriptions read `invoice_settings.default_payment_method`.
The surprise: one that is deleted answers `{"deleted": true}` for ever, and its subscriptions end at once.
`settings["customers_clock"]`: the test clock of those who are made without one, so that a whole stack can be moved in time.
"""

from __future__ import annotations

from tests.stripe_server.changes import merged
from tests.stripe_server.wire import invalid, page

ENDS = []
"""Functions(account, customer) for whoever has something that ends with a customer."""
SAME = ("name", "email", "phone", "description", "address", "shipping", "preferred_locales", "tax_exempt", "business_name", "individual_name")  # fmt: skip


def create(account, params):
    clock = params.get("test_clock") or account.settings.get("customers_clock")
    if clock:
        account.store.get("test_helpers.test_clock", clock, "test_clock")
    made = account.new(
        "customer",
        "cus",
        of=clock,
        length=14,
        **{name: params.get(name) or None for name in SAME},
        balance=params.get("balance", 0),
        currency=None,
        customer_account=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_prefix=params.get("invoice_prefix") or account.store.new_id("x", 8)[2:].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
            **params.get("invoice_settings", {}),
        },
        metadata=merged({}, params.get("metadata")),
        next_invoice_sequence=params.get("next_invoice_sequence", 1),
        test_clock=clock,
    )
    made["preferred_locales"] = made["preferred_locales"] or []
    made["tax_exempt"] = made["tax_exempt"] or "none"
    account.tell("customer.created", made)
    return made


def alive(account, id_, param="customer"):
    """For whoever sells to it."""
    found = account.store.get("customer", id_, param)
    if found.get("deleted"):
        raise invalid(f"No such customer: '{id_}'", param, "resource_missing")
    return found


def retrieve(account, params, id_):
    found = account.store.get("customer", id_)
    return gone(found) if found.get("deleted") else found


def gone(found):
    return {"id": found["id"], "object": "customer", "deleted": True}


def update(account, params, id_):
    found = alive(account, id_, "id")
    before = {}
    for name in (*SAME, "balance", "invoice_prefix", "next_invoice_sequence"):
        if name in params:
            before[name], found[name] = found[name], params[name] if params[name] != "" else None
    if "metadata" in params:
        before["metadata"] = dict(found["metadata"])
        found["metadata"] = merged(found["metadata"], params["metadata"])
    for name, value in params.get("invoice_settings", {}).items():
        before.setdefault("invoice_settings", dict(found["invoice_settings"]))
        found["invoice_settings"][name] = value if value != "" else None
    before = {name: value for name, value in before.items() if found[name] != value}
    if before:
        account.tell("customer.updated", found, previous=before)
    return found


def delete(account, params, id_):
    found = alive(account, id_, "id")
    for end in ENDS:
        end(account, found)
    account.tell("customer.deleted", found)
    found["deleted"] = True
    return gone(found)


def listed(account, params):
    found = [each for each in account.store.all("customer") if not each.get("deleted")]
    for name in ("email", "test_clock"):
        if name in params:
            found = [each for each in found if each[name] == params[name]]
    if "test_clock" not in params:
        found = [each for each in found if not each["test_clock"]]
    return page(found, params, "/v1/customers")


ROUTES = {
    ("POST", "/v1/customers"): (create, "CustomerCreateParams"),
    ("GET", "/v1/customers"): (listed, "CustomerListParams"),
    ("GET", "/v1/customers/{id}"): (retrieve, "CustomerRetrieveParams"),
    ("POST", "/v1/customers/{id}"): (update, "CustomerUpdateParams"),
    ("DELETE", "/v1/customers/{id}"): (delete, "CustomerDeleteParams"),
}
