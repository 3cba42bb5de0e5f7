"""The customer portal: how it is set up, and the page where people change their card, end what they bought, see invoices.

In: a configuration, a customer. Out: a session whose page is for people. Callers: `routes.py`, `pages_wire.py`. The surprise:
without a configuration of its own a session needs the account's default, which at Stripe somebody has to save first; here as well.
"""

from __future__ import annotations

from html import escape

from tests.stripe_server import cards, changing, customers, lines, lives
from tests.stripe_server.blanks import nothing
from tests.stripe_server.changes import change, merged
from tests.stripe_server.pages import alert, buttons, layout, link, money
from tests.stripe_server.pages_wire import PAGES, to
from tests.stripe_server.wire import invalid, page

FEATURES = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [], "type": "indefinite"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
CARDS = {
    "good": "visa",
    "fails": "chargeCustomerFail",
    "asks": "authenticationRequired",
    "declined": "chargeDeclined",
}
WORDS = {
    "en": {
        "title": "Your subscription",
        "test": "This page plays Stripe.",
        "good": "Use a card that works",
        "fails": "Use a card that fails at the next payment",
        "asks": "Use a card whose bank asks each time",
        "declined": "Use a card that is declined at once",
        "was_declined": "Your card was declined.",
        "card": "Card",
        "none": "none",
        "cancel": "End it with the period",
        "resume": "Go on after all",
        "ends": "ends with the period",
        "invoices": "Invoices",
        "draft": "being made",
        "open": "to pay",
        "void": "taken back",
        "uncollectible": "never paid",
        "back": "Back to the shop",
    },
    "es": {
        "title": "Tu suscripción",
        "test": "Esta página hace de Stripe.",
        "good": "Usar una tarjeta que funciona",
        "fails": "Usar una tarjeta que falla en el próximo pago",
        "asks": "Usar una tarjeta cuyo banco pregunta cada vez",
        "declined": "Usar una tarjeta rechazada al momento",
        "was_declined": "Tu tarjeta fue rechazada.",
        "card": "Tarjeta",
        "none": "ninguna",
        "cancel": "Terminarla con el periodo",
        "resume": "Seguir con ella",
        "ends": "termina con el periodo",
        "invoices": "Facturas",
        "draft": "preparándose",
        "open": "por pagar",
        "paid": "pagada",
        "void": "anulada",
        "uncollectible": "incobrable",
        "active": "activa",
        "trialing": "en prueba",
        "past_due": "con un pago pendiente",
        "unpaid": "sin pagar",
        "paused": "en pausa",
        "incomplete": "a medias",
        "back": "Volver a la tienda",
    },
}

# -- configurations and sessions


def configure(account, params):
    made = account.new(
        "billing_portal.configuration",
        "bpc",
        active=True,
        application=None,
        business_profile={
            **nothing("headline privacy_policy_url terms_of_service_url"),
            **params.get("business_profile", {}),
        },
        default_return_url=params.get("default_return_url") or None,
        features=_features(FEATURES, params["features"]),
        is_default=False,
        login_page={"enabled": False, "url": None},
        metadata=merged({}, params.get("metadata")),
        name=params.get("name") or None,
        updated=account.now(),
    )
    account.tell("billing_portal.configuration.created", made)
    return made


def _features(known, wished):
    """One level of each feature is replaced; `""` empties a list."""
    return {
        name: {**known[name], **{key: value if value != "" else None for key, value in (wished.get(name) or {}).items()}}
        for name in known
    }  # fmt: skip


def reconfigure(account, params, id_):
    found = account.store.get("billing_portal.configuration", id_)
    before = change(found, params, ["active", "default_return_url", "name"])
    if "features" in params:
        before["features"] = found["features"]
        found["features"] = _features(found["features"], params["features"])
    if "business_profile" in params:
        found["business_profile"] = {**found["business_profile"], **params["business_profile"]}
    found["updated"] = account.now()
    account.tell("billing_portal.configuration.updated", found, previous=before)
    return found


def configurations(account, params):
    wanted = {name: params[name] for name in ("active", "is_default") if name in params}
    found = account.store.all("billing_portal.configuration", **wanted)
    return page(found, params, "/v1/billing_portal/configurations")


def open_session(account, params):
    customer = customers.alive(account, params["customer"])
    configuration = _configuration(account, params)
    made = account.new(
        "billing_portal.session",
        "bps",
        of=customer,
        configuration=configuration["id"],
        customer=customer["id"],
        customer_account=None,
        flow=None,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url") or configuration["default_return_url"],
    )
    made["url"] = f"{account.url}/_portal/{made['id']}"
    account.tell("billing_portal.session.created", made)
    return made


def _configuration(account, params):
    if params.get("configuration"):
        kind = "billing_portal.configuration"
        found = account.store.get(kind, params["configuration"], "configuration")
        if not found["active"]:
            raise invalid("You cannot create a portal session using an inactive configuration.", "configuration")  # fmt: skip
        return found
    defaults = account.store.all("billing_portal.configuration", is_default=True)
    if not defaults:
        raise invalid("No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.")  # fmt: skip
    return defaults[0]


# -- the page


def words(session):
    return WORDS["es" if str(session["locale"]).startswith("es") else "en"]


def portal_page(account, fields, id_, said=""):
    session = account.store.get("billing_portal.session", id_)
    configuration = account.store.find(session["configuration"])
    customer, word = account.store.find(session["customer"]), words(session)
    parts = [
        f'<p class="soft">{escape(word["test"])}</p>',
        alert(said),
        _card(account, customer, word),
    ]
    features, path = configuration["features"], f"/_portal/{id_}"
    if features["payment_method_update"]["enabled"]:
        parts.append(buttons(path, *((act, word[act]) for act in CARDS)))
    for found in account.store.all("subscription", customer=customer["id"]):
        if not lives.is_over(found):
            parts += _subscription(
                account, found, word, path, features["subscription_cancel"]["enabled"]
            )
    if features["invoice_history"]["enabled"]:
        parts.append(_invoices(account, customer, word))
    if session["return_url"]:
        parts.append(link(session["return_url"], word["back"]))
    return layout(session["locale"], word["title"], *parts)


def _card(account, customer, word):
    alive = [each for each in account.store.all("subscription", customer=customer["id"]) if not lives.is_over(each)]  # fmt: skip
    card = cards.paying_method(account, customer, alive[0] if alive else None)
    shown = f"{card['card']['brand']} •••• {card['card']['last4']}" if card else word["none"]
    return f"<p>{escape(word['card'])}: {escape(shown)}</p>"


def _subscription(account, found, word, path, can_cancel):
    item = lines.fixed(found)[0]
    status = (
        word["ends"]
        if found["cancel_at_period_end"]
        else word.get(found["status"], found["status"])
    )
    amount = money(item["price"]["unit_amount"] or 0, found["currency"])
    name = lines.product_name(account, item["price"])
    yield f"<h2>{escape(name)}</h2><p>{escape(amount)}, {escape(status)}</p>"
    if can_cancel and not found["schedule"]:
        act = "resume" if found["cancel_at_period_end"] else "cancel"
        yield buttons(path, (f"{act}:{found['id']}", word[act]))


def _invoices(account, customer, word):
    rows = "".join(
        f'<li><a href="{escape(each["hosted_invoice_url"])}">{escape(each["number"])}</a> '
        f"{money(each['total'], each['currency'])}, {escape(word.get(each['status'], each['status']))}</li>"
        for each in account.store.all("invoice", customer=customer["id"])
        if each["hosted_invoice_url"]
    )
    return f"<h2>{escape(word['invoices'])}</h2><ul>{rows}</ul>"


def press(account, fields, id_):
    session = account.store.get("billing_portal.session", id_)
    customer, word = account.store.find(session["customer"]), words(session)
    act, _, subject = fields.get("act", "").partition(":")
    if act == "declined":
        return portal_page(account, fields, id_, word["was_declined"])
    if act in CARDS:
        card = cards.new_method(account, CARDS[act], of=customer)
        cards.make_default(account, customer, cards.attached(account, card, customer))
    elif act in ("cancel", "resume"):
        found = account.store.get("subscription", subject)
        if found["customer"] == customer["id"]:
            changing.change(account, found, {"cancel_at_period_end": act == "cancel"})
    return to(f"/_portal/{id_}")


PAGES.update({("GET", "/_portal/{session}"): portal_page, ("POST", "/_portal/{session}"): press})
ROUTES = {
    ("POST", "/v1/billing_portal/configurations"): (configure, "billing_portal.ConfigurationCreateParams"),
    ("GET", "/v1/billing_portal/configurations"): (configurations, "billing_portal.ConfigurationListParams"),
    ("GET", "/v1/billing_portal/configurations/{id}"): (
        lambda account, params, id_: account.store.get("billing_portal.configuration", id_),
        "billing_portal.ConfigurationRetrieveParams",
    ),
    ("POST", "/v1/billing_portal/configurations/{id}"): (reconfigure, "billing_portal.ConfigurationUpdateParams"),
    ("POST", "/v1/billing_portal/sessions"): (open_session, "billing_portal.SessionCreateParams"),
}  # fmt: skip
