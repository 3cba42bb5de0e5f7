"""Numbers as people write them: `1.234,56 €`, `$1,234.56`, `(120)`, `21 %`.

In: texts of a column, and which sign the decimals have. Out: `Amount`. Callers: `column_types`. The surprise: `1.234` alone can't
be read; the other values of its column, then of the file, then the language decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from chalicelib.discovery.spreadsheets.cells import Cell, Number
from chalicelib.discovery.spreadsheets.styles import currency_in

Sign = Literal[",", "."]

CORE = re.compile(
    r"[0-9]{1,3}(?:[ .,'’][0-9]{3})*(?:[.,][0-9]{1,10})?|[0-9]{1,20}(?:[.,][0-9]{1,10})?|[.,][0-9]{1,10}"
)
AROUND = re.compile(
    r"(?i)^(?P<before>[^0-9.,]{0,6}?)(?P<core>[0-9.,][0-9 .,'’]*)(?P<after>[^0-9.,]{0,8})$"
)
MONEY = re.compile(
    r"(?i)(?:€|\$|£|¥|₡|US\$|MX\$|R\$|S/\.?|eur|usd|gbp|mxn|cop|ars|clp|pen|uyu|brl|chf|euros?|dollars?|dólares|pesos)"
)
GROUPS = {sign: re.compile(rf"[{re.escape(sign)} '’]") for sign in ",."}
LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Amount:
    value: Decimal
    currency: str = ""
    """ISO code, `?` when it is money of an unknown currency, empty for a plain number."""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A text taken apart."""

    core: str
    is_negative: bool
    currency: str
    percent: bool


def amount_of(cell: Cell, decimals: Sign) -> Amount | None:
    """None for what is no number."""
    if isinstance(cell, Number):
        return Amount(cell.value, cell.currency, cell.percent)
    written = taken_apart(cell) if isinstance(cell, str) else None
    if written is None:
        return None
    plain = _plain(written.core, decimals)
    if plain is None:
        return None
    value = Decimal(plain)
    return Amount(-value if written.is_negative else value, written.currency, written.percent)


def taken_apart(text: str) -> Written | None:
    """None unless it is one number with at most a sign, a currency or a percent sign around it."""
    text = text.replace("\u00a0", " ").replace("\u202f", " ").replace("−", "-").strip()
    if not text or len(text) > LENGTH_MAX:
        return None
    in_brackets = text.startswith("(") and text.endswith(")")
    found = AROUND.match(text[1:-1].strip() if in_brackets else text)
    if found is None:
        return None
    core, around = found["core"].strip(), f"{found['before']} {found['after']}"
    minus = around.count("-")
    rest = around.replace("-", " ").replace("+", " ").strip()
    percent = rest == "%"
    currency = (currency_in(rest) or "?") if MONEY.fullmatch(rest) else ""
    if minus > 1 or (rest and not percent and not currency) or not CORE.fullmatch(core):
        return None
    return Written(core, bool(minus) or in_brackets, currency, percent)


def _plain(core: str, decimals: Sign) -> str | None:
    """Digits with a point at most. None when thousands are not in threes, as in a date or a version."""
    thousands = "." if decimals == "," else ","
    whole, _, fraction = core.partition(decimals)
    if decimals in fraction or thousands in fraction:
        return None
    groups = GROUPS[thousands].split(whole)
    if len(groups) > 1 and (not groups[0] or any(len(group) != 3 for group in groups[1:])):
        return None
    digits = "".join(groups) or "0"
    if not digits.isdecimal() or not digits.isascii():
        return None
    return f"{digits}.{fraction}" if fraction else digits


def decimal_sign(cells: Iterable[Cell]) -> Sign | None:
    """What the unambiguous values of a column say; None when there are none or they disagree evenly."""
    votes = {",": 0, ".": 0}
    for cell in cells:
        written = taken_apart(cell) if isinstance(cell, str) else None
        if written is not None and (sign := _sign_of(written.core)):
            votes[sign] += 1
    if votes[","] == votes["."]:
        return None
    return "," if votes[","] > votes["."] else "."


def _sign_of(core: str) -> Sign | None:
    commas, points = core.count(","), core.count(".")
    if commas and points:
        return "," if core.rindex(",") > core.rindex(".") else "."
    if commas + points != 1:
        return None if not commas and not points else "." if commas else ","
    sign: Sign = "," if commas else "."
    whole, _, fraction = core.partition(sign)
    if len(fraction) != 3 or len(whole) > 3 or whole in ("", "0"):
        return sign
    return None
