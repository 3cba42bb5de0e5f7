"""Columns of numbers: whole, decimal or money.

In: a label, cells, habits. Out: `Typed`, or None when they are none. Callers: `column_types`. The surprise: a column of digits
may be no number at all: postal codes, phone numbers, anything with a leading zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from chalicelib.discovery.spreadsheets import hints
from chalicelib.discovery.spreadsheets.amounts import Amount, amount_of, decimal_sign
from chalicelib.discovery.spreadsheets.cells import Broken, Cell, Note
from chalicelib.discovery.spreadsheets.habits import Habits
from chalicelib.discovery.spreadsheets.styles import currency_in
from chalicelib.discovery.spreadsheets.typed import Misread, Typed
from chalicelib.mvs.spec import FieldType, Scalar
from chalicelib.mvs.values import INTEGER_LIMIT, PLACES

MANY = 20
SAMPLE = 100
SURELY, LIKELY = 0.8, 0.95


def number_type(
    label: str, cells: Sequence[Cell], filled: Sequence[Cell], habits: Habits
) -> Typed | None:
    if hints.says(label, hints.NOT_A_NUMBER) or any(_leads_with_zero(cell) for cell in filled):
        return None
    sample = filled[:SAMPLE]
    if 2 * sum(amount_of(cell, ".") is not None or amount_of(cell, ",") is not None for cell in sample) < len(sample):  # fmt: skip
        return None
    sign = decimal_sign(cells) or habits.decimals
    read = [None if isinstance(c, Broken) else amount_of(c, sign) for c in cells]
    found = [amount for amount in read if amount is not None]
    if not found or not _enough(label, found, len(filled)):
        return None
    kind = _kind(label, found)
    if kind == "integer" and any(abs(amount.value) > INTEGER_LIMIT for amount in found):
        return None
    values = [None if amount is None else _written(kind, amount.value) for amount in read]
    made = Typed(kind, values, percent=_most(found, "percent"))
    made.faults = [
        Misread(index, "not_a_number")
        for index, (cell, amount) in enumerate(zip(cells, read, strict=True))
        if amount is None and cell is not None and not isinstance(cell, Broken)
    ]
    if kind == "money":
        _note_currencies(label, made, found)
    if count := sum(_is_rounded(kind, amount.value) for amount in found):
        made.notes.append(Note("rounded", {"count": count, "places": PLACES[kind]}))
    return made


def _leads_with_zero(cell: Cell) -> bool:
    """`00712` is a code; `0`, `0,5` and `0.5` are numbers."""
    return isinstance(cell, str) and len(cell) > 1 and cell.isdigit() and cell.startswith("0")


def _enough(label: str, found: Sequence[Amount], filled: int) -> bool:
    misread = filled - len(found)
    if not misread:
        return True
    has_signs = sum(bool(amount.currency or amount.percent) for amount in found) > len(found) / 2
    if has_signs or hints.says(label, hints.MONEY | hints.NUMBER):
        return len(found) >= SURELY * filled and filled > 2
    return filled >= MANY and len(found) >= LIKELY * filled


def _kind(label: str, found: Sequence[Amount]) -> FieldType:
    if _most(found, "currency"):
        return "money"
    has_fraction = any(amount.value != amount.value.to_integral_value() for amount in found)
    fits_money = sum(_places(amount.value) <= 2 for amount in found) * 2 > len(found)
    is_money = hints.says(label, hints.MONEY) or bool(currency_in(label))
    if is_money and fits_money and not _most(found, "percent"):
        return "money"
    return "decimal" if has_fraction or _most(found, "percent") else "integer"


def _most(found: Sequence[Amount], attribute: str) -> bool:
    return sum(bool(getattr(amount, attribute)) for amount in found) * 2 > len(found)


def _written(kind: FieldType, value: Decimal) -> Scalar:
    if kind == "integer":
        return int(value)
    step = Decimal(1).scaleb(-PLACES[kind])
    if value.adjusted() > 15:
        return str(value)
    rounded = value.quantize(step, ROUND_HALF_UP)
    return format(rounded if kind == "money" else rounded.normalize(), "f")


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_rounded(kind: FieldType, value: Decimal) -> bool:
    return kind != "integer" and _places(value) > PLACES[kind]


def _note_currencies(label: str, made: Typed, found: Sequence[Amount]) -> None:
    counted = Counter(amount.currency for amount in found if amount.currency not in ("", "?"))
    made.currency = currency_in(label) or (counted.most_common(1)[0][0] if counted else "")
    if len(counted) > 1:
        made.notes.append(Note("several_currencies", {"currencies": ", ".join(sorted(counted))}))
