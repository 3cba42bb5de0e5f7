"""The page that Stripe sends people back to: says what happened there and where they go on. No scripts, nothing from elsewhere.

In: from where they come, a language. Out: HTML and its headers. Callers: `billing.py`. The surprise: the page knows nobody
and shows nothing of anybody; whether a plan is there is told by the API alone, because anybody can open this address.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES: Final = Path(__file__).with_name("templates")
POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "Billing",
        "paid": "Thank you.",
        "paid_more": "Your payment is on its way to us. The plan is there in a few seconds.",
        "left": "Nothing was paid.",
        "left_more": "The page where you can pay stays open for a day; buy the plan again to get back to it.",
        "back": "You are back.",
        "back_more": "What you changed is known here in a few seconds.",
        "none": "Billing",
        "none_more": "Plans, invoices and how you pay are looked after from where you work with Fragua.",
        "go_on": "You can close this page and go on where you came from. On the command line:",
    },
    "es": {
        "title": "Facturación",
        "paid": "Gracias.",
        "paid_more": "Su pago está en camino. El plan estará listo en unos segundos.",
        "left": "No se ha pagado nada.",
        "left_more": "La página de pago sigue abierta durante un día; compre el plan otra vez para volver a ella.",
        "back": "Ya está de vuelta.",
        "back_more": "Lo que haya cambiado se sabrá aquí en unos segundos.",
        "none": "Facturación",
        "none_more": "Los planes, las facturas y la forma de pago se gestionan desde donde trabaja con Fragua.",
        "go_on": "Puede cerrar esta página y seguir donde estaba. En la línea de órdenes:",
    },
}


@dataclass(frozen=True)
class Page:
    html: str
    headers: dict[str, Any]


@cache
def page(came: str | None, language: str) -> Page:
    style = (TEMPLATES / "billing.css").read_text()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True
    )
    texts = TEXTS[language]
    html = environment.get_template("billing.html.jinja").render(
        t=texts,
        lang=language,
        said=texts[came or "none"],
        more=texts[f"{came or 'none'}_more"],
        style=Markup(style),  # noqa: S704 (a file of ours)
    )
    return Page(html, _headers(style, language))


def _headers(style: str, language: str) -> dict[str, Any]:
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": POLICY.format(hash=digest),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }
