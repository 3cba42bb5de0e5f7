"""Whether an answer looks like what the SDK's own classes say that Stripe answers.

In: an object as it was sent, as plain data. Out: what is wrong with it, in words; nothing when all is well. Callers: tests.
The surprise: a field that the class does not know is wrong too, so the double shows neither less nor more than Stripe.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
import types
from decimal import Decimal
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from stripe import StripeObject
from stripe._list_object import ListObject
from stripe._object_classes import get_object_class
from stripe._stripe_object import UntypedStripeObject

KINDS = {int: int, float: (int, float), str: str, bool: bool, Decimal: str, dict: dict}


def wrong(found, where=""):
    """Of any object that names itself (`object`); lists and what is expanded inside are looked at too."""
    if found.get("object") == "list":
        return [
            fault
            for number, each in enumerate(found["data"])
            for fault in wrong(each, f"{where}[{number}]")
        ]
    if found.get("deleted"):
        return []
    version = "V2" if found["object"].startswith("v2.") else "V1"
    return list(_of_class(found, get_object_class(version, found["object"]), where or found["object"]))  # fmt: skip


def _of_class(found, kind, where):
    hints = _hints(kind)
    for name, hint in hints.items():
        if name in found:
            yield from _of_hint(found[name], hint, f"{where}.{name}")
        elif not _may_be_missing(hint):
            yield f"{where}.{name} is missing"
    for name in sorted(set(found) - set(hints)):
        yield f"{where}.{name} is nothing that the SDK knows"


def _of_hint(value, hint, where):
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        yield from _of_union(value, get_args(hint), where)
    elif origin is Literal:
        if value not in get_args(hint):
            yield f"{where} is {value!r}, none of {get_args(hint)}"
    elif origin in (list, ListObject):
        data = value.get("data") if isinstance(value, dict) and origin is ListObject else value
        if not isinstance(data, list):
            yield f"{where} is {value!r}, no list"
            return
        for number, each in enumerate(data):
            yield from _of_hint(each, get_args(hint)[0], f"{where}[{number}]")
    elif hint is not Any and hint is not object:
        yield from _of_kind(value, origin or hint, where)


def _of_kind(value, kind, where):
    if kind is UntypedStripeObject or not (
        isinstance(kind, type) and issubclass(kind, StripeObject)
    ):
        wanted = KINDS.get(kind, dict)
        if not isinstance(value, wanted) or (kind is int and isinstance(value, bool)):
            yield f"{where} is {value!r}, no {kind.__name__}"
    elif not isinstance(value, dict):
        yield f"{where} is {value!r}, no {kind.__name__}"
    else:
        yield from _of_class(value, kind, where)


def _of_union(value, hints, where):
    if value is None and type(None) in hints:
        return
    words = [word for hint in hints if get_origin(hint) is Literal for word in get_args(hint)]
    if words and str in hints and isinstance(value, str):
        if value not in words:
            yield f"{where} is {value!r}, none of {words}"
        return
    faults = [list(_of_hint(value, hint, where)) for hint in hints if hint is not type(None)]
    yield from min(faults, key=len)


def _may_be_missing(hint):
    return get_origin(hint) is Union and type(None) in get_args(hint)


class _Names(dict):
    """Names that a module of the SDK imports for type checkers alone, imported after all."""

    def __init__(self, kind):
        self.kind = kind
        self.source = inspect.getsource(sys.modules[kind.__module__])

    def __missing__(self, name):
        if hasattr(self.kind, name):
            return getattr(self.kind, name)
        imported = rf"from (stripe[\w.]*) import \(?\s*(?:[\w ]+,\s*)*(?:(\w+) as )?{name}\b"
        found = re.search(imported, self.source)
        if found is None:
            raise KeyError(name)
        return getattr(importlib.import_module(found[1]), found[2] or name)


@functools.cache
def _hints(kind):
    own = inspect.get_annotations(kind)
    bare = type("Bare", (), {"__annotations__": own})
    hints = get_type_hints(bare, vars(sys.modules[kind.__module__]), _Names(kind))
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}
