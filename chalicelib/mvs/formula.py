"""The little language of computed fields: + - * / ( ), numbers, field keys and days(from, to).

In: a formula's text. Out: a tree of frozen nodes, or `BadFormula`. Callers: `references` (does it hold?), generation
(what does it compile to?). The surprise: it is our own parser, not Python's, so nothing but these forms exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MAX_DEPTH = 20
TOKEN = re.compile(r"\s*(?:([0-9]{1,12}(?:\.[0-9]{1,6})?)|([a-z][a-z0-9_]*)|([-+*/(),]))", re.ASCII)


class BadFormula(ValueError):
    """`near` is the text at which reading stopped."""

    def __init__(self, near: str) -> None:
        super().__init__(near)
        self.near = near


@dataclass(frozen=True)
class Number:
    value: Decimal


@dataclass(frozen=True)
class Name:
    key: str


@dataclass(frozen=True)
class Negative:
    of: Node


@dataclass(frozen=True)
class Operation:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Days:
    """Whole days from `start` to `end`: two date or two datetime fields."""

    start: str
    end: str


Node = Number | Name | Negative | Operation | Days


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    reader = _Reader(text)
    node = reader.sum(0)
    if not reader.is_at_end():
        raise BadFormula(reader.rest())
    return node


def names(node: Node) -> Iterator[str]:
    """Every field key used as a number, left to right, repeats included. `days` takes dates: see `spans`."""
    return (part.key for part in _parts(node) if isinstance(part, Name))


def spans(node: Node) -> Iterator[Days]:
    """Every days(from, to)."""
    return (part for part in _parts(node) if isinstance(part, Days))


def divides_by_zero(node: Node) -> bool:
    """Whether a literal zero is a divisor. A field may still be zero: the app then shows nothing."""
    return any(
        isinstance(part, Operation)
        and part.sign == "/"
        and isinstance(part.right, Number)
        and not part.right.value
        for part in _parts(node)
    )


def _parts(node: Node) -> Iterator[Node]:
    """The node and all below it, left to right."""
    ahead = [node]
    while ahead:
        part = ahead.pop()
        yield part
        match part:
            case Negative(of):
                ahead.append(of)
            case Operation(_, left, right):
                ahead += [right, left]


class _Reader:
    """Recursive descent over the tokens; one method a level of precedence."""

    def __init__(self, text: str) -> None:
        self.text = text.rstrip()
        self.at = 0

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while sign := self.take("+", "-"):
            node = Operation(sign, node, self.product(depth))
        return node

    def product(self, depth: int) -> Node:
        node = self.factor(depth)
        while sign := self.take("*", "/"):
            node = Operation(sign, node, self.factor(depth))
        return node

    def factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadFormula(self.rest())
        if self.take("-"):
            return Negative(self.factor(depth + 1))
        if self.take("("):
            node = self.sum(depth + 1)
            self.expect(")")
            return node
        return self.atom()

    def atom(self) -> Node:
        number, name, _ = self.next_token()
        if number:
            return Number(Decimal(number))
        if name == "days":
            return self.days()
        if name:
            return Name(name)
        raise BadFormula(self.rest())

    def days(self) -> Node:
        self.expect("(")
        start = self.name()
        self.expect(",")
        end = self.name()
        self.expect(")")
        return Days(start, end)

    def name(self) -> str:
        start = self.at
        _, name, _ = self.next_token()
        if not name:
            self.at = start
            raise BadFormula(self.rest())
        return name

    def next_token(self) -> tuple[str, str, str]:
        found = TOKEN.match(self.text, self.at)
        if not found or found[3]:
            raise BadFormula(self.rest())
        self.at = found.end()
        return found[1] or "", found[2] or "", ""

    def take(self, *signs: str) -> str:
        found = TOKEN.match(self.text, self.at)
        if found and found[3] in signs:
            self.at = found.end()
            return found[3]
        return ""

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise BadFormula(self.rest())

    def is_at_end(self) -> bool:
        return self.at >= len(self.text)

    def rest(self) -> str:
        return self.text[self.at :].strip()
