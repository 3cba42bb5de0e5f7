"""Money and large numbers as people read them: `29.00 USD` and `1,500`, in Spanish `29,00 USD` and `1.500`.

In: whole numbers, as the API tells them; a currency. Out: text. Callers: commands about billing and models. The surprise: not
every currency has cents.
"""

from __future__ import annotations

from typing import Final

from cli.language import language

WITHOUT_MINOR: Final = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
IN_THOUSANDTHS: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
"""As Stripe counts them: https://docs.stripe.com/currencies#zero-decimal"""


def money(amount: int, currency: str) -> str:
    digits = 0 if currency in WITHOUT_MINOR else 3 if currency in IN_THOUSANDTHS else 2
    whole, minor = divmod(abs(amount), 10**digits)
    text = f"{whole:,}" + (f".{minor:0{digits}}" if digits else "")
    return f"{'-' if amount < 0 else ''}{_pointed(text)} {currency.upper()}"


def number(count: int) -> str:
    return _pointed(f"{count:,}")


def _pointed(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,")) if language() == "es" else text
