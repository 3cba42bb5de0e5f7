"""Dates as people write them: `31/12/2024`, `12-31-24`, `5 de marzo de 2024`, `March 5, 2024 10:30`.

In: a cell, and whether the day comes before the month. Out: a date or datetime. Callers: `column_types`. The surprise: `03/04/2024` can't be read alone;
the other values of its column, then of the file, then the language decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from chalicelib.discovery.spreadsheets.cells import Cell
from chalicelib.discovery.spreadsheets.headers import folded, words
from chalicelib.mvs.values import YEARS

Order = Literal["day", "month"]
"""What comes first."""

TIME = r"(?:[ T,]+(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:\.[0-9]+)?)?\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?:z|h|[+-][0-9]{2}:?[0-9]{2})?)?"
YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})[-/.](?P<month>[0-9]{{1,2}})[-/.](?P<day>[0-9]{{1,2}}){TIME}",
    re.IGNORECASE,
)
NUMBERS = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?P<by>[-/.])(?P<second_>[0-9]{{1,2}})(?P=by)(?P<year>[0-9]{{4}}|[0-9]{{2}}){TIME}",
    re.IGNORECASE,
)
DAY_NAMED = re.compile(
    rf"(?:[a-z]+,?\s+)?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[-\s/.]+(?:de\s+|of\s+)?(?P<name>[a-z]{{3,10}})\.?[-\s/.,]+(?:de(?:l)?\s+)?(?P<year>[0-9]{{4}}|[0-9]{{2}}){TIME}"
)
NAME_FIRST = re.compile(
    rf"(?:[a-z]+,\s+)?(?P<name>[a-z]{{3,10}})\.?\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{{4}}){TIME}"
)
LENGTH_MAX = 50
MONTHS = (
    ("ene", "jan"), ("feb",), ("mar",), ("abr", "apr"), ("may",), ("jun",), ("jul",), ("ago", "aug"),
    ("sep", "set"), ("oct",), ("nov",), ("dic", "dec"),
)  # fmt: skip
NAMES = words("""enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre january february
    march april may june july august september october november december sept ene jan feb mar abr apr may jun jul ago aug
    sep set oct nov dic dec""")


def moment_of(cell: Cell, order: Order) -> date | None:
    """A datetime when a time is written; None for what is neither."""
    if isinstance(cell, date):
        return cell if cell.year in YEARS else None
    if not isinstance(cell, str) or len(cell) > LENGTH_MAX or not any(c.isdigit() for c in cell):
        return None
    text = cell.strip()
    if found := YEAR_FIRST.fullmatch(text):
        return _built(found, found["month"], found["day"])
    if found := NUMBERS.fullmatch(text):
        day, month = found["first"], found["second_"]
        if order == "month":
            day, month = month, day
        return _built(found, month, day)
    plain = folded(text)
    for pattern in (DAY_NAMED, NAME_FIRST):
        found = pattern.fullmatch(plain)
        if found and found["name"] in NAMES:
            return _built(found, str(_month(found["name"])), found["day"])
    return None


def _month(name: str) -> int:
    return next(n for n, names in enumerate(MONTHS, start=1) if name[:3] in names)


def _built(found: re.Match[str], month: str, day: str) -> date | None:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 2000 if year < 30 else 1900
    try:
        if found["hour"] is None:
            made: date = date(year, int(month), int(day))
        else:
            made = datetime(
                year,
                int(month),
                int(day),
                _hour(found),
                int(found["minute"]),
                int(found["second"] or 0),
            )
    except ValueError:
        return None
    return made if made.year in YEARS else None


def _hour(found: re.Match[str]) -> int:
    hour, half = int(found["hour"]), (found["half"] or "")[:1].lower()
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour


def day_order(cells: Iterable[Cell]) -> Order | None:
    """What the dates of a column show that have a number above twelve; None when none has or they disagree evenly."""
    day_first = month_first = 0
    for cell in cells:
        found = (
            NUMBERS.fullmatch(cell.strip()) if isinstance(cell, str) and len(cell) < 50 else None
        )
        if found:
            day_first += int(found["first"]) > 12 >= int(found["second_"])
            month_first += int(found["second_"]) > 12 >= int(found["first"])
    if day_first == month_first:
        return None
    return "day" if day_first > month_first else "month"
