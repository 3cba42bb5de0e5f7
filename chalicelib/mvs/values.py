"""What a value of each field type looks like: used for defaults, conditions and demo rows alike.

In: a field and a raw scalar. Out: the Python value the app will hold, or `Misfit` with the code of the fault. The
surprise: the limits here are the widths of the columns in every generated app; change them in both places.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from chalicelib.mvs.spec import FieldSpec, FieldType, Scalar

TEXT_LENGTH = {"text": 200, "long_text": 20_000, "email": 254, "phone": 40, "url": 500}
INTEGER_LIMIT = 2_147_483_647
WHOLE_DIGITS = 10
PLACES = {"decimal": 4, "money": 2}
YEARS = range(1800, 2201)

NUMBERS = frozenset({"integer", "decimal", "money"})
MOMENTS = frozenset({"date", "datetime"})
STORED_TEXT = frozenset(TEXT_LENGTH)

EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{4,30}[0-9]", re.ASCII)
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)

Value = str | int | Decimal | bool | date | datetime


class Misfit(ValueError):
    """The value does not fit the field; `code` names the fault."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def value_of(field: FieldSpec, raw: Scalar) -> Value:
    """The value the app will hold. References come back as they are: the `_id` of another demo row."""
    if field.type == "choice":
        return _choice(field, raw)
    return READERS[field.type](field.type, raw)


def _choice(field: FieldSpec, raw: Scalar) -> Value:
    if raw not in [option.key for option in field.options] or isinstance(raw, bool):
        raise Misfit("not_an_option")
    return raw


def _text(kind: str, raw: Scalar) -> Value:
    if not isinstance(raw, str):
        raise Misfit("not_text")
    if len(raw) > TEXT_LENGTH[kind]:
        raise Misfit("too_long_for_type")
    if kind != "long_text" and any(letter in raw for letter in "\n\r\t"):
        raise Misfit("not_one_line")
    return raw


def _email(kind: str, raw: Scalar) -> Value:
    return _matching(EMAIL, _text(kind, raw), "not_an_email")


def _phone(kind: str, raw: Scalar) -> Value:
    return _matching(PHONE, _text(kind, raw), "not_a_phone")


def _matching(pattern: re.Pattern[str], text: Value, code: str) -> Value:
    if not pattern.fullmatch(str(text)):
        raise Misfit(code)
    return text


def _url(kind: str, raw: Scalar) -> Value:
    text = str(_text(kind, raw))
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Misfit("not_a_url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text:
        raise Misfit("not_a_url")
    return text


def _integer(kind: str, raw: Scalar) -> Value:
    number = _number("integer", raw)
    if number != number.to_integral_value() or abs(number) > INTEGER_LIMIT:
        raise Misfit("not_an_integer")
    return int(number)


def _number(kind: str, raw: Scalar) -> Decimal:
    """Digits are counted before anything is computed: 1e999999 must not become a million zeros."""
    if isinstance(raw, bool) or (isinstance(raw, str) and not NUMBER.fullmatch(raw)):
        raise Misfit("not_a_number")
    number = Decimal(raw)
    if not number.is_finite():
        raise Misfit("not_a_number")
    if number.adjusted() >= WHOLE_DIGITS or _places(number) > PLACES.get(kind, 4):
        raise Misfit("too_many_digits")
    return number


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _boolean(kind: str, raw: Scalar) -> Value:
    if not isinstance(raw, bool):
        raise Misfit("not_a_boolean")
    return raw


def _date(kind: str, raw: Scalar) -> Value:
    if not isinstance(raw, str) or not DATE.fullmatch(raw):
        raise Misfit("not_a_date")
    return _in_years(_parsed(date.fromisoformat, raw, "not_a_date"), "not_a_date")


def _datetime(kind: str, raw: Scalar) -> Value:
    if not isinstance(raw, str) or not DATETIME.fullmatch(raw):
        raise Misfit("not_a_datetime")
    return _in_years(_parsed(datetime.fromisoformat, raw, "not_a_datetime"), "not_a_datetime")


def _parsed(read: Callable[[str], date], raw: str, code: str) -> date:
    try:
        return read(raw)
    except ValueError:
        raise Misfit(code) from None


def _in_years(moment: date, code: str) -> date:
    if moment.year not in YEARS:
        raise Misfit(code)
    return moment


def _reference(kind: str, raw: Scalar) -> Value:
    if not isinstance(raw, str):
        raise Misfit("not_a_row_name")
    return raw


def _never(kind: str, raw: Scalar) -> Value:
    raise Misfit("not_settable")


READERS: dict[FieldType, Callable[[str, Scalar], Value]] = {
    "text": _text, "long_text": _text, "email": _email, "phone": _phone, "url": _url,
    "integer": _integer, "decimal": _number, "money": _number, "boolean": _boolean,
    "date": _date, "datetime": _datetime, "reference": _reference,
    "file": _never, "computed": _never,
}  # fmt: skip
