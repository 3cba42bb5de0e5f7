"""Words in letters: times, lengths of time, and what people wrote themselves made harmless.

In: plain text, ISO times. Out: one line of text. Callers: `rendering`. The surprise: `shown` puts characters in that nobody
sees. Mail programs turn `example.com` into a link by themselves, and whoever may put a name into somebody else's letter
must not be able to put a link there.
"""

from __future__ import annotations

import ipaddress
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.mail.letters import Locale

TEXT_COLUMNS: Final = 72
SHOWN_CHARACTERS_MAX: Final = 80
WORD_JOINER: Final = "\u2060"
HIDING: Final = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Controls, marks that turn the direction of writing, line ends of all kinds."""
BETWEEN: Final = re.compile(r"(?<=\S)([./@:])(?=\S)")
MONTHS: Final[Mapping[Locale, list[str]]] = {
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
UNITS: Final[Mapping[Locale, Mapping[str, tuple[str, str]]]] = {
    "es": {"hour": ("hora", "horas"), "day": ("día", "días")},
    "en": {"hour": ("hour", "hours"), "day": ("day", "days")},
}


def shown(text: str) -> str:
    """One line, not too long, without characters that hide or turn others."""
    visible = "".join(
        " " if one.isspace() else one
        for one in text
        if one.isspace() or unicodedata.category(one) not in HIDING
    )
    line = " ".join(visible.split())
    if len(line) > SHOWN_CHARACTERS_MAX:
        line = line[: SHOWN_CHARACTERS_MAX - 1] + "…"
    return BETWEEN.sub(WORD_JOINER + r"\1" + WORD_JOINER, line)


def address(ip: str) -> str:
    """Empty for what is none: it comes from outside."""
    try:
        return str(ipaddress.ip_address(ip))
    except ValueError:
        return ""


def moment(iso: str, locale: Locale) -> str:
    return f"{day(iso, locale)}, {in_utc(iso):%H:%M} UTC"


def day(iso: str, locale: Locale) -> str:
    at = in_utc(iso)
    month = MONTHS[locale][at.month - 1]
    return f"{at.day} de {month} de {at.year}" if locale == "es" else f"{at.day} {month} {at.year}"


def in_utc(iso: str) -> datetime:
    at = datetime.fromisoformat(iso)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def lasting(time: timedelta, locale: Locale) -> str:
    """Hours below two days, days from there."""
    unit, count = ("day", time.days) if time >= timedelta(days=2) else ("hour", time // timedelta(hours=1))  # fmt: skip
    one, many = UNITS[locale][unit]
    return f"{count} {one if count == 1 else many}"


def flowed(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), TEXT_COLUMNS, break_long_words=False, break_on_hyphens=False
    )
