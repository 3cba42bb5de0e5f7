"""Parameters held against the SDK's own types: what Stripe would refuse is refused, the rest arrives as int, bool, list.

In: a decoded form or JSON, the name of a TypedDict in `stripe.params` (`"CustomerCreateParams"`, `"billing.MeterListParams"`).
Out: the same with real types; an empty text stays `""` (Stripe's way to unset). Callers: `handler.py`. The surprise: the
list of parameters is nowhere in here, so it is as current as the installed SDK.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import re
import types
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import typing_extensions
from stripe._request_options import RequestOptions

from tests.stripe_server.wire import invalid

UNSEEN = {"StripeContext": object, "Mapping": Mapping}
"""Names that the SDK imports for type checkers alone."""
NOT_ON_THE_WIRE = frozenset(RequestOptions.__annotations__)
NO_FIT = object()


class Params(dict):
    """Notes which of them were looked at: a double that takes what it does not understand would let tests pass on it."""

    def __init__(self, given):
        super().__init__(given)
        self._seen = set()

    def unseen(self):
        return sorted(set(self) - self._seen)

    def __getitem__(self, name):
        self._seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self._seen.add(name)
        return super().__contains__(name)

    def get(self, name, default=None):
        self._seen.add(name)
        return super().get(name, default)

    def pop(self, name, *default):
        self._seen.add(name)
        return super().pop(name, *default)

    def keys(self):
        self._seen.update(super().keys())
        return super().keys()

    def items(self):
        self._seen.update(super().keys())
        return super().items()


def typed(params, name):
    """Raises `Refused` for an unknown, a missing or an unreadable parameter."""
    if name is None:
        return Params(_plain(params))
    return Params(_dict(params, _params_type(name), ""))


@functools.cache
def _params_type(name):
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(f"stripe.params{'.' + module if module else ''}"), last)


@functools.cache
def _fields(kind):
    hints = get_type_hints(kind, localns=UNSEEN, include_extras=True)
    if issubclass_of_options(kind):
        hints = {name: hint for name, hint in hints.items() if name not in NOT_ON_THE_WIRE}
    needed = {
        name
        for name, hint in hints.items()
        if get_origin(hint) is not typing_extensions.NotRequired
    }
    bare = {
        name: get_args(hint)[0] if get_origin(hint) is typing_extensions.NotRequired else hint
        for name, hint in hints.items()
    }
    return bare, needed


def issubclass_of_options(kind):
    return RequestOptions in getattr(kind, "__orig_bases__", ())


def _dict(value, kind, path):
    fields, needed = _fields(kind)
    found = {}
    for name, each in value.items():
        where = f"{path}[{name}]" if path else name
        if name not in fields:
            raise invalid(f"Received unknown parameter: {where}", where, "parameter_unknown")
        found[name] = _value(each, fields[name], where)
    for name in sorted(needed - set(found)):
        where = f"{path}[{name}]" if path else name
        raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    return found


def _value(value, hint, path):
    fit = _fitted(value, hint, path)
    if fit is NO_FIT:
        raise _unreadable(value, hint, path)
    return fit


def _fitted(value, hint, path):
    """The value as the type wants it, `NO_FIT` when it can't be; raises for faults deeper inside."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _of_union(value, get_args(hint), path)
    if origin is Literal:
        return value if value in get_args(hint) else NO_FIT
    if origin is list:
        return _list(value, get_args(hint)[0], path)
    if typing_extensions.is_typeddict(hint):
        return _dict(value, hint, path) if isinstance(value, dict) else NO_FIT
    if origin is not None:  # Dict[str, X] or UntypedStripeObject[X]
        inner = get_args(hint)[-1]
        if not isinstance(value, dict):
            return NO_FIT
        return {name: _value(each, inner, f"{path}[{name}]") for name, each in value.items()}
    return _scalar(value, hint)


def _of_union(value, hints, path):
    if value == "" and any("" in get_args(hint) for hint in hints if get_origin(hint) is Literal):
        return ""
    allowed = [
        word for hint in hints if get_origin(hint) is Literal for word in get_args(hint) if word
    ]
    if allowed and str in hints and isinstance(value, str):
        if value not in allowed:
            raise invalid(f"Invalid {path}: must be one of {', '.join(allowed)}", path)
        return value
    first_fault = None
    for hint in sorted(hints, key=_strictness):
        try:
            fit = _fitted(value, hint, path)
        except (
            Exception
        ) as fault:  # A Refused from inside one of the shapes; another shape may fit.
            first_fault = first_fault or fault
            continue
        if fit is not NO_FIT:
            return fit
    if first_fault:
        raise first_fault
    return NO_FIT


def _strictness(hint):
    if get_origin(hint) is Literal:
        return 0
    if typing_extensions.is_typeddict(hint):
        return 1
    return {int: 2, bool: 3, float: 4, str: 9}.get(hint, 5)


def _list(value, hint, path):
    if isinstance(value, dict) and value and all(name.isdigit() for name in value):
        value = [value[name] for name in sorted(value, key=int)]
    if not isinstance(value, list):
        return NO_FIT
    return [_value(each, hint, f"{path}[{number}]") for number, each in enumerate(value)]


def _scalar(value, hint):
    if hint is Any or hint is object:
        return _plain(value)
    if isinstance(value, (dict, list)):
        return NO_FIT
    read = READERS.get(hint)
    return read(value) if read else NO_FIT


def _int(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else NO_FIT


def _bool(value):
    return {"true": True, "false": False, True: True, False: False}.get(value, NO_FIT)


def _decimal(value):
    try:
        Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return NO_FIT
    return str(value)


def _float(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return NO_FIT


READERS = {
    str: lambda value: value if isinstance(value, str) else NO_FIT,
    int: _int,
    bool: _bool,
    float: _float,
    Decimal: _decimal,
    datetime.datetime: _int,
    type(None): lambda value: None if value is None else NO_FIT,
}


def _unreadable(value, hint, path):
    if hint is int:
        return invalid(f"Invalid integer: {value}", path, "parameter_invalid_integer")
    if value == "":
        message = f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however '{path}' cannot be unset."
        return invalid(message, path, "parameter_invalid_empty")
    return invalid(f"Invalid value for {path}: {value!r}", path)


def _plain(value):
    if isinstance(value, dict):
        found = {name: _plain(each) for name, each in value.items()}
        if found and all(name.isdigit() for name in found):
            return [found[name] for name in sorted(found, key=int)]
        return found
    return value
