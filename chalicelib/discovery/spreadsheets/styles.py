"""What a workbook's formats say of its numbers: date, time, money in a currency, percent.

In: the part `styles.xml`. Out: one `Look` per cell format. Callers: `xlsx`. The surprise: a date in a workbook is a plain
number; its format alone tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from chalicelib.discovery.spreadsheets.limits import FORMATS_MAX
from chalicelib.discovery.spreadsheets.unreadable import Unreadable
from chalicelib.discovery.spreadsheets.xml_parts import Attributes

CURRENCIES: Final = {
    "€": "EUR", "£": "GBP", "US$": "USD", "MX$": "MXN", "S/": "PEN", "R$": "BRL", "₡": "CRC",
    "¥": "JPY", "$": "USD", "Bs": "BOB", "Q": "GTQ",
}  # fmt: skip
"""The dollar sign is also the peso's; whoever reads the report is told which one was taken."""
ISO: Final = (
    "EUR", "USD", "GBP", "MXN", "COP", "ARS", "CLP", "PEN", "UYU", "BOB", "PYG", "CRC", "GTQ", "DOP", "HNL", "NIO",
    "BRL", "CHF", "CAD", "AUD", "JPY", "VES",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    moment: str = ""
    """`date`, `datetime`, `time`, or nothing of these."""
    currency: str = ""
    percent: bool = False


PLAIN: Final = Look()
BUILT_IN: Final = {
    **dict.fromkeys((5, 6, 7, 8, 42, 44), Look(currency="?")),
    **dict.fromkeys((9, 10), Look(percent=True)),
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), Look("date")),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47), Look("time")),
    22: Look("datetime"),
}
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
BRACKETED = re.compile(r"\[[^\]]*\]")
IN_BRACKETS = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")


class Styles:
    """A walker."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self.looks: list[Look] = []
        self._in_cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._codes[number_of(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            if len(self.looks) >= FORMATS_MAX:
                raise Unreadable("broken")
            self.looks.append(self._look(number_of(attributes.get("numFmtId"))))

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def _look(self, format_id: int) -> Look:
        if format_id in self._codes:
            return look_of(self._codes[format_id])
        return BUILT_IN.get(format_id, PLAIN)


def look_of(code: str) -> Look:
    """`#,##0.00\\ "€"` is money; `dd/mm/yyyy` a date; what stands in quotes is no letter of a date."""
    first = code.partition(";")[0][:200]
    currency = currency_in(" ".join(IN_BRACKETS.findall(first)) or first)
    bare = BRACKETED.sub("", QUOTED.sub("", first)).lower()
    if "%" in bare:
        return Look(percent=True)
    has_clock = "h" in bare or "s" in bare or "[h" in first.lower()
    has_day = "y" in bare or "d" in bare or ("m" in bare and not has_clock)
    if "general" in bare or not (has_clock or has_day):
        return Look(currency=currency)
    return Look("datetime" if has_clock and has_day else "time" if has_clock else "date")


def currency_in(text: str) -> str:
    """The ISO code of the currency written in a text; empty without one."""
    words = re.findall(r"[A-Z]{3}", text.upper())
    for code in ISO:
        if code in words:
            return code
    if re.search(r"\beuros?\b", text, re.IGNORECASE):
        return "EUR"
    return next(
        (code for sign, code in CURRENCIES.items() if not sign.isalpha() and sign in text), ""
    )


def number_of(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
