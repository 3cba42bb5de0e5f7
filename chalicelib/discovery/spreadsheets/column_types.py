"""A column's type, and its values as an MVS writes them.

In: a label and its cells, with the file's habits. Out: `Typed`: type, values, and what did not fit. Callers: `fields`. The
surprise: a few values that don't fit don't make a column of dates a column of texts; they are left out and reported, and the
less a type can be mistaken for another, the more of them are borne.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.discovery.spreadsheets import hints
from chalicelib.discovery.spreadsheets.cells import Broken, Cell, Note, Number
from chalicelib.discovery.spreadsheets.habits import Habits
from chalicelib.discovery.spreadsheets.moments import day_order, moment_of
from chalicelib.discovery.spreadsheets.number_types import number_type
from chalicelib.discovery.spreadsheets.plain_texts import text_of
from chalicelib.discovery.spreadsheets.text_types import text_type
from chalicelib.discovery.spreadsheets.typed import Misread, Typed
from chalicelib.mvs.spec import FieldSpec, FieldType, Option, Scalar
from chalicelib.mvs.values import EMAIL, PHONE, Misfit, value_of

YES = frozenset(("sí", "si", "s", "yes", "y", "true", "verdadero", "x", "✓", "✔", "1"))
NO = frozenset(("no", "n", "false", "falso", "0"))
MOSTLY = 0.8
NEARLY_ALL = 0.9
SAMPLE = 100

Reader = Callable[[Cell], Scalar | None]


def typed(label: str, cells: Sequence[Cell], habits: Habits) -> Typed:
    """Every cell ends as a value, as nothing, or as a fault."""
    filled = [cell for cell in cells if cell is not None and not isinstance(cell, Broken)]
    found = _first_that_fits(label, cells, filled, habits)
    found.faults += [
        Misread(i, "broken") for i, cell in enumerate(cells) if isinstance(cell, Broken)
    ]
    _refuse_what_the_app_would(found)
    found.faults.sort(key=lambda fault: fault.index)
    return found


def _first_that_fits(
    label: str, cells: Sequence[Cell], filled: Sequence[Cell], habits: Habits
) -> Typed:
    if not filled:
        return Typed(_of_name(label), [None] * len(cells), notes=[Note("empty_column")])
    return (
        _yes_no(label, cells, filled)
        or _moments(label, cells, filled, habits)
        or _shaped(label, cells, filled)
        or number_type(label, cells, filled, habits)
        or text_type(label, cells, filled)
    )


def _of_name(label: str) -> FieldType:
    """An empty column still has a name."""
    named: tuple[tuple[frozenset[str], FieldType], ...] = (
        (hints.EMAIL, "email"), (hints.PHONE, "phone"), (hints.DATE, "date"), (hints.MONEY, "money"),
    )  # fmt: skip
    return next((kind for known, kind in named if hints.says(label, known)), "text")


def hopeless(read: Callable[[Cell], object], filled: Sequence[Cell]) -> bool:
    """Whether a look at the first values spares a look at all."""
    sample = filled[:SAMPLE]
    return 2 * sum(read(cell) is not None for cell in sample) < len(sample)


def _yes_no(label: str, cells: Sequence[Cell], filled: Sequence[Cell]) -> Typed | None:
    """A lone `x` means yes; ones and zeros do only under a name that asks a question."""
    if any(str(text_of(cell)).lower() not in YES | NO for cell in filled[:SAMPLE]):
        return None
    written = {str(text_of(cell)).lower() for cell in filled}
    asks = label.startswith("¿") or label.endswith("?") or hints.says(label, hints.YES_NO)
    if not written <= YES | NO or (written <= {"0", "1"} and not asks):
        return None
    if not written & NO and not (written <= {"x", "✓", "✔"} or asks or len(written) > 1):
        return None
    values: list[Scalar | None] = [
        None if cell is None else str(text_of(cell)).lower() in YES for cell in cells
    ]
    empty = values.count(None)
    made = Typed("boolean", [bool(value) for value in values])
    if empty:
        made.notes.append(Note("empty_is_no", {"count": empty}))
    return made


def _moments(
    label: str, cells: Sequence[Cell], filled: Sequence[Cell], habits: Habits
) -> Typed | None:
    order = day_order(cells) or habits.order
    if hopeless(lambda cell: moment_of(cell, order), filled):
        return None
    read = {index: moment_of(cell, order) for index, cell in enumerate(cells)}
    found = [moment for moment in read.values() if moment is not None]
    wanted = MOSTLY if hints.says(label, hints.DATE) or len(filled) >= 20 else NEARLY_ALL
    if len(found) < wanted * len(filled) or not found:
        return None
    has_times = any(isinstance(moment, datetime) for moment in found)
    values: list[Scalar | None] = []
    for moment in read.values():
        text = moment.isoformat() if moment else None
        if text and has_times:
            text = text[:19] if "T" in text else f"{text}T00:00:00"
        values.append(text)
    made = Typed("datetime" if has_times else "date", values)
    made.faults = _misread(cells, values, "not_a_date")
    if not habits.is_order_sure and any(
        isinstance(cell, str) and "-" not in cell[:5] for cell in filled
    ):
        made.notes.append(Note("order_unsure" if order == "day" else "order_unsure_month"))
    return made


def _shaped(label: str, cells: Sequence[Cell], filled: Sequence[Cell]) -> Typed | None:
    """Texts of a form that nothing else has."""
    is_phone_name = hints.says(label, hints.PHONE)
    shapes: tuple[tuple[FieldType, Reader, float, str], ...] = (
        ("email", _email, 0.6 if hints.says(label, hints.EMAIL) else MOSTLY, "not_an_email"),
        ("url", _url, MOSTLY, "not_a_url"),
        ("phone", _phone if is_phone_name else _spaced_phone, 0.7 if is_phone_name else NEARLY_ALL, "not_a_phone"),
    )  # fmt: skip
    for kind, read, wanted, code in shapes:
        if hopeless(read, filled):
            continue
        if sum(read(cell) is not None for cell in filled) >= wanted * len(filled):
            values = [None if cell is None else read(cell) for cell in cells]
            return Typed(kind, values, _misread(cells, values, code))
    return None


def _misread(cells: Sequence[Cell], values: Sequence[Scalar | None], code: str) -> list[Misread]:
    return [
        Misread(index, code)
        for index, (cell, value) in enumerate(zip(cells, values, strict=True))
        if value is None and cell is not None and not isinstance(cell, Broken)
    ]


def _email(cell: Cell) -> str | None:
    text = (text_of(cell) or "").removeprefix("mailto:").strip(" <>;,").lower()
    return text if len(text) <= 254 and EMAIL.fullmatch(text) else None


def _url(cell: Cell) -> str | None:
    text = text_of(cell) or ""
    text = f"https://{text}" if text.lower().startswith("www.") else text
    is_one = text.lower().startswith(("http://", "https://")) and " " not in text
    return text if is_one and len(text) <= 500 else None


def _phone(cell: Cell) -> str | None:
    text = (text_of(cell) or "").replace("/", " ").strip()
    if isinstance(cell, Number) and cell.value != cell.value.to_integral_value():
        return None
    return text if PHONE.fullmatch(text) else None


def _spaced_phone(cell: Cell) -> str | None:
    """Without a name to go by: nine digits or more, with a plus or spaces between."""
    text = _phone(cell) if isinstance(cell, str) else None
    digits = sum(letter.isdigit() for letter in text or "")
    return text if text and 9 <= digits <= 15 and (text[0] == "+" or " " in text) else None


def _refuse_what_the_app_would(found: Typed) -> None:
    """The app's own widths have the last word."""
    options = tuple(Option(key=key, label=label) for key, label in found.options.items())
    field = FieldSpec(key="x", label="x", type=found.type, options=options)
    for index, value in enumerate(found.values):
        if value is not None:
            try:
                value_of(field, value)
            except Misfit:
                found.values[index] = None
                found.faults.append(Misread(index, "does_not_fit"))
