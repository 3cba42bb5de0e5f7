"""Money as people read it: `29.00 USD`, `29,00 USD` in Spanish.

In: whole minor units and a currency, as the API tells them. Out: text. Callers: commands about billing. The surprise: not
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
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
IN_THOUSANDTHS: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def money(amount: int, currency: str) -> str:
    digits = 0 if currency in WITHOUT_MINOR else 3 if currency in IN_THOUSANDTHS else 2
    whole, minor = divmod(abs(amount), 10**digits)
    text = f"{whole:,}" + (f".{minor:0{digits}}" if digits else "")
    if language() == "es":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{'-' if amount < 0 else ''}{text} {currency.upper()}"
