"""From the little language of computed fields to the body of a Python property.

In: a formula that `mvs.formula` parsed, and the fields it may name. Out: lines of Python. Callers: `django_code.py`.
The surprise: a missing value or a zero divisor makes the whole property None; the app then shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from chalicelib.generation.app_design import FieldDesign
from chalicelib.mvs.formula import Days, Name, Negative, Node, Number, Operation, parse

PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}
ATOM = 4
EXACT = ("decimal", "money")


@dataclass(frozen=True)
class Code:
    text: str
    precedence: int
    is_decimal: bool
    has_new_places: bool = False
    """Whether it may have more places than what it is made of."""

    def inside(self, precedence: int) -> str:
        return f"({self.text})" if self.precedence < precedence else self.text


def property_body(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> list[str]:
    """`fields`: by their key in the MVS, which is what formulas are written in."""
    tree = parse(field.formula or "0")
    code = _code(tree, fields)
    result = (
        f"{code.inside(ATOM)}.quantize(CENT, ROUND_HALF_UP)" if code.has_new_places else code.text
    )
    guards = list(dict.fromkeys(_guards(tree, fields)))
    if not guards:
        return [f"return {result}"]
    return [f"if {' or '.join(guards)}:", "    return None", f"return {result}"]


def is_decimal(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> bool:
    """Of a number field: whether it holds places."""
    if field.type == "computed":
        return _code(parse(field.formula or "0"), fields).is_decimal
    return field.type in EXACT


def is_money(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> bool:
    """An amount divided by an amount is a share, anything else with an amount in it is an amount."""
    return field.type == "money" or (
        field.type == "computed" and _has_money(parse(field.formula or "0"), fields)
    )


def _has_money(node: Node, fields: Mapping[str, FieldDesign]) -> bool:
    match node:
        case Name(key):
            return is_money(fields[key], fields)
        case Negative(of):
            return _has_money(of, fields)
        case Operation("/", left, right):
            return _has_money(left, fields) and not _has_money(right, fields)
        case Operation(_, left, right):
            return _has_money(left, fields) or _has_money(right, fields)
    return False


def may_be_empty(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> bool:
    if field.type == "computed":
        return any(True for _ in _guards(parse(field.formula or "0"), fields))
    return field.is_nullable


def _code(node: Node, fields: Mapping[str, FieldDesign]) -> Code:
    match node:
        case Number(value):
            whole = value == value.to_integral_value()
            return Code(str(int(value)) if whole else f'Decimal("{value}")', ATOM, not whole)
        case Name(key):
            return Code(f"self.{fields[key].name}", ATOM, is_decimal(fields[key], fields))
        case Days(start, end):
            text = f"(self.{fields[end].name} - self.{fields[start].name}).days"
            return Code(text, ATOM, False)
        case Negative(of):
            inner = _code(of, fields)
            return Code(f"-{inner.inside(3)}", 3, inner.is_decimal, inner.has_new_places)
        case Operation():
            return _operation(node, fields)


def _operation(node: Operation, fields: Mapping[str, FieldDesign]) -> Code:
    left, right = _code(node.left, fields), _code(node.right, fields)
    own = PRECEDENCE[node.sign]
    grown = left.has_new_places or right.has_new_places
    if node.sign == "*":
        grown = grown or (left.is_decimal and right.is_decimal)
    first = left.inside(own)
    if node.sign == "/":
        grown = True
        first = first if left.is_decimal or right.is_decimal else f"Decimal({left.text})"
    text = f"{first} {node.sign} {right.inside(own + 1)}"
    decimal = left.is_decimal or right.is_decimal or node.sign == "/"
    return Code(text, own, decimal, grown)


def _guards(node: Node, fields: Mapping[str, FieldDesign]) -> Iterator[str]:
    """Conditions under which there is nothing to show, outermost operands first."""
    match node:
        case Name(key) if may_be_empty(fields[key], fields):
            yield f"self.{fields[key].name} is None"
        case Days(start, end):
            for key in (start, end):
                if fields[key].is_nullable:
                    yield f"self.{fields[key].name} is None"
        case Negative(of):
            yield from _guards(of, fields)
        case Operation(sign, left, right):
            yield from _guards(left, fields)
            yield from _guards(right, fields)
            if sign == "/" and not isinstance(right, Number):
                yield f"{_code(right, fields).inside(ATOM)} == 0"


def operands(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> Iterator[str]:
    """Keys of the stored fields a computed one comes from, through other computed ones, each once."""
    yield from dict.fromkeys(_operands(parse(field.formula or "0"), fields))


def _operands(node: Node, fields: Mapping[str, FieldDesign]) -> Iterator[str]:
    match node:
        case Name(key) if fields[key].type == "computed":
            yield from _operands(parse(fields[key].formula or "0"), fields)
        case Name(key):
            yield key
        case Days(start, end):
            yield from (start, end)
        case Negative(of):
            yield from _operands(of, fields)
        case Operation(_, left, right):
            yield from _operands(left, fields)
            yield from _operands(right, fields)


def evaluate(
    field: FieldDesign, fields: Mapping[str, FieldDesign], numbers: Mapping[str, int]
) -> Decimal | None:
    """What the property will give; dates count as the day of a month, moments as an hour of a day."""
    try:
        result = _value(parse(field.formula or "0"), fields, numbers)
    except ZeroDivisionError:
        return None
    code = _code(parse(field.formula or "0"), fields)
    return result.quantize(Decimal("0.01"), ROUND_HALF_UP) if code.has_new_places else result


def _value(node: Node, fields: Mapping[str, FieldDesign], numbers: Mapping[str, int]) -> Decimal:
    match node:
        case Number(value):
            return value
        case Name(key) if fields[key].type == "computed":
            inner = evaluate(fields[key], fields, numbers)
            if inner is None:
                raise ZeroDivisionError
            return inner
        case Name(key):
            return Decimal(numbers[key])
        case Days(start, end):
            days = numbers[end] - numbers[start]
            return Decimal(days if fields[end].type == "date" else days // 24)
        case Negative(of):
            return -_value(of, fields, numbers)
        case Operation(sign, left, right):
            return _applied(sign, _value(left, fields, numbers), _value(right, fields, numbers))


def _applied(sign: str, left: Decimal, right: Decimal) -> Decimal:
    if sign == "/":
        if not right:
            raise ZeroDivisionError
        return left / right
    return {"+": left + right, "-": left - right, "*": left * right}[sign]
