"""Amounts of money in letters: `2900 usd`, as records keep it, in words for people.

In: minor units and an ISO 4217 code. Out: `29,00 USD`. Callers: `rendering`; `letters` tells what is none. The surprise: how
many minor units make one differs by currency, and of most a hundred; the code stands behind the
number because one sign means several currencies.
"""

from __future__ import annotations

import re
from typing import Final

from chalicelib.mail.kinds import Locale

AMOUNT: Final = re.compile(r"(-?\d{1,15}) ([a-z]{3})")
WITHOUT_DECIMALS: Final = re.compile("bif|clp|djf|gnf|jpy|kmf|krw|mga|pyg|rwf|vnd|vuv|xaf|xof|xpf")
WITH_THREE: Final = re.compile("bhd|jod|kwd|omr|tnd")
"""As Stripe counts them: https://docs.stripe.com/currencies#zero-decimal"""
IN_SPANISH: Final = str.maketrans(",.", ".,")


def minor_units(text: str) -> tuple[int, str]:
    """Raises `ValueError`."""
    read = AMOUNT.fullmatch(text)
    if read is None:
        raise ValueError(text)
    return int(read[1]), read[2]


def money(text: str, locale: Locale) -> str:
    units, currency = minor_units(text)
    decimals = decimals_of(currency)
    whole, part = divmod(abs(units), 10**decimals)
    number = f"{whole:,}" + (f".{part:0{decimals}}" if decimals else "")
    sign = "-" if units < 0 else ""
    return f"{sign}{number.translate(IN_SPANISH) if locale == 'es' else number} {currency.upper()}"


def decimals_of(currency: str) -> int:
    if WITHOUT_DECIMALS.fullmatch(currency):
        return 0
    return 3 if WITH_THREE.fullmatch(currency) else 2
