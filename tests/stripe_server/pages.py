"""What people see at Stripe: the page to pay on, and the page of an invoice.

In: a session's or an invoice's id, the button that was pressed. Out: HTML, or the way back to the shop. Callers: `pages_wire.py`;
`portal.py` uses the layout. The surprise: the buttons are the cards: each says what will become of the payment.
"""

from __future__ import annotations

from html import escape

from tests.stripe_server import cards, checkout, collecting, lines
from tests.stripe_server.pages_wire import PAGES, html, to

WORDS = {
    "en": {
        "pay": "Pay",
        "test": "This page plays Stripe. Nothing is charged: each button is a card.",
        "pays": "Pay with a card that works",
        "declined": "Pay with a card that is declined",
        "confirm": "Pay with a card whose bank asks",
        "fails_later": "Pay now; the card fails from the next payment on",
        "back": "Back to the shop",
        "was_declined": "Your card was declined. Nothing was charged.",
        "asks": "Your bank wants to know whether this is you.",
        "confirmed": "Yes, it is me",
        "refused": "No",
        "closed": "This page is closed.",
        "per": {"month": "a month", "year": "a year", "week": "a week", "day": "a day"},
        "metered": "by use",
        "invoice": "Invoice",
        "paid": "Paid. Thank you.",
        "void": "Nothing is to be paid here.",
        "total": "Total",
    },
    "es": {
        "pay": "Pagar",
        "test": "Esta página hace de Stripe. No se cobra nada: cada botón es una tarjeta.",
        "pays": "Pagar con una tarjeta que funciona",
        "declined": "Pagar con una tarjeta rechazada",
        "confirm": "Pagar con una tarjeta cuyo banco pregunta",
        "fails_later": "Pagar ahora; la tarjeta falla desde el próximo pago",
        "back": "Volver a la tienda",
        "was_declined": "Tu tarjeta fue rechazada. No se ha cobrado nada.",
        "asks": "Tu banco quiere saber si eres tú.",
        "confirmed": "Sí, soy yo",
        "refused": "No",
        "closed": "Esta página está cerrada.",
        "per": {"month": "al mes", "year": "al año", "week": "a la semana", "day": "al día"},
        "metered": "según el uso",
        "invoice": "Factura",
        "paid": "Pagada. Gracias.",
        "void": "Aquí no hay nada que pagar.",
        "total": "Total",
    },
}
TOKENS = {
    "pays": "visa",
    "declined": "chargeDeclined",
    "confirm": "authenticationRequiredOnSetup",
    "fails_later": "visa",
}
LAYOUT = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --ink: #1a1f36; --soft: #5b6178; --paper: #fff; --line: #d5d9e6; --press: #f4f5ff; --link: #3f3ad6; --bad: #b4232a; --bad-paper: #fff0f0 }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8eaf2; --soft: #a3a9bd; --paper: #14161d; --line: #3a4054; --press: #212536; --link: #a9a6ff; --bad: #ff8f94; --bad-paper: #35191c }} }}
* {{ box-sizing: border-box }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: clamp(1.5rem, 6vh, 4rem) 1.25rem; color: var(--ink); background: var(--paper) }}
h1 {{ font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere }} h2 {{ font-size: 1.15rem; margin: 2rem 0 .25rem }}
button {{ font: inherit; color: inherit; display: block; width: 100%; min-height: 2.75rem; margin: .5rem 0; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--press); cursor: pointer }}
button:hover {{ border-color: var(--link) }} a {{ color: var(--link) }} :focus-visible {{ outline: 3px solid var(--link); outline-offset: 2px }}
table {{ width: 100%; border-collapse: collapse; margin: 1rem 0 }} td, th {{ padding: .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }}
td:last-child {{ text-align: right; padding-left: 1rem; white-space: nowrap; font-variant-numeric: tabular-nums }}
.soft {{ color: var(--soft) }} .alert {{ padding: .7rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-paper) }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""


def words(lang):
    return WORDS["es" if str(lang or "").startswith("es") else "en"]


def layout(lang, title, *parts):
    lang = "es" if words(lang) is WORDS["es"] else "en"
    return html(LAYOUT.format(lang=lang, title=escape(title), body="".join(parts)))


def money(amount, currency):
    return f"{amount / 100:.2f} {currency.upper()}"


def alert(text):
    return f'<p class="alert" role="alert">{escape(text)}</p>' if text else ""


def buttons(path, *choices):
    """A form with a button for each `(value, text)`."""
    made = "".join(f'<button name="act" value="{escape(value)}">{escape(text)}</button>' for value, text in choices)  # fmt: skip
    return f'<form method="post" action="{escape(path)}">{made}</form>'


def link(url, text):
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'


# -- the page to pay on


def pay_page(account, fields, id_, said=""):
    session = checkout.of_page(account, id_)
    word = words(fields.get("lang") or session["locale"])
    if session["status"] != "open":
        return layout(session["locale"], word["pay"], alert(word["closed"]), _back(session, word))
    sold = "".join(_sold(account, each, word) for each in checkout.sold_lines(account, session))
    choices = [(act, word[act]) for act in TOKENS]
    if said == word["asks"]:
        choices = [("confirmed", word["confirmed"]), ("refused", word["refused"])]
    return layout(
        fields.get("lang") or session["locale"],
        word["pay"],
        f"<table>{sold}</table>",
        f'<p class="soft">{escape(word["test"])}</p>',
        alert(said),
        buttons(f"/_pay/{id_}", *choices),
        _back(session, word),
    )


def _sold(account, each, word):
    price = each["price"]
    per = word["per"][price["recurring"]["interval"]]
    amount = word["metered"] if lines.is_metered(price) else f"{money(each['amount_total'], price['currency'])} {per}"  # fmt: skip
    return f"<tr><td>{escape(each['description'])}</td><td>{escape(amount)}</td></tr>"


def _back(session, word):
    return link(session["cancel_url"], word["back"]) if session["cancel_url"] else ""


def press(account, fields, id_):
    session = checkout.of_page(account, id_)
    word, act = words(session["locale"]), fields.get("act")
    if session["status"] == "complete":
        return to(_success(session))
    if act == "refused":
        return pay_page(account, fields, id_, word["was_declined"])
    token = TOKENS.get("confirm" if act == "confirmed" else act)
    if token is None or session["status"] != "open":
        return pay_page(account, fields, id_)
    card = cards.new_method(account, token, of=session)
    done = checkout.pay(account, session, card, is_confirmed=act == "confirmed")
    if done.status != "succeeded":
        account.store.remove(card["id"])
        said = word["asks"] if done.status == "requires_action" else word["was_declined"]
        return pay_page(account, fields, id_, said)
    if act == "fails_later":
        grow_bad(account, account.store.find(session["customer"]))
    return to(_success(session))


def grow_bad(account, customer):
    """From now on its card is declined."""
    bad = cards.new_method(account, "chargeCustomerFail", of=customer)
    cards.make_default(account, customer, cards.attached(account, bad, customer))


def _success(session):
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


# -- the page of an invoice


def invoice_page(account, fields, id_, said=""):
    invoice = account.store.get("invoice", id_)
    customer = account.store.find(invoice["customer"])
    lang = fields.get("lang") or next(iter(customer["preferred_locales"]), "en")
    word = words(lang)
    rows = "".join(
        f"<tr><td>{escape(each['description'])}</td><td>{money(each['amount'], each['currency'])}</td></tr>"
        for each in invoice["lines"]["data"]
    )
    total = (
        f"<tr><th>{word['total']}</th><td>{money(invoice['total'], invoice['currency'])}</td></tr>"
    )
    return layout(
        lang,
        f"{word['invoice']} {invoice['number'] or ''}",
        f"<table>{rows}{total}</table>",
        alert(said),
        _to_pay(invoice, word, is_asked=said == word["asks"]),
    )


def _to_pay(invoice, word, *, is_asked):
    if invoice["status"] == "paid":
        return f'<p role="status">{escape(word["paid"])}</p>'
    if invoice["status"] not in ("open", "uncollectible"):
        return f"<p>{escape(word['void'])}</p>"
    choices = [(act, word[act]) for act in ("pays", "declined", "confirm")]
    if is_asked:
        choices = [("confirmed", word["confirmed"]), ("refused", word["refused"])]
    return f'<p class="soft">{escape(word["test"])}</p>' + buttons(
        f"/_invoice/{invoice['id']}", *choices
    )


def pay_invoice(account, fields, id_):
    invoice = account.store.get("invoice", id_)
    customer = account.store.find(invoice["customer"])
    word, act = words(next(iter(customer["preferred_locales"]), "en")), fields.get("act")
    token = TOKENS.get("confirm" if act == "confirmed" else act)
    if invoice["status"] not in ("open", "uncollectible") or token is None:
        return invoice_page(account, fields, id_, word["was_declined"] if act == "refused" else "")
    card = cards.new_method(account, token, of=customer)
    done = collecting.collect(
        account, invoice, card=card, on_session=True, is_confirmed=act == "confirmed"
    )
    if done.status == "requires_action":
        return invoice_page(account, fields, id_, word["asks"])
    if done.status == "declined":
        return invoice_page(account, fields, id_, word["was_declined"])
    cards.make_default(account, customer, cards.attached(account, card, customer))
    return invoice_page(account, fields, id_)


def invoice_pdf(account, fields, id_):
    invoice = account.store.get("invoice", id_)
    return html(f"{invoice['number']}: {money(invoice['total'], invoice['currency'])}")


PAGES.update(
    {
        ("GET", "/_pay/{session}"): pay_page,
        ("POST", "/_pay/{session}"): press,
        ("GET", "/_invoice/{invoice}"): invoice_page,
        ("POST", "/_invoice/{invoice}"): pay_invoice,
        ("GET", "/_invoice/{invoice}/pdf"): invoice_pdf,
    }
)
