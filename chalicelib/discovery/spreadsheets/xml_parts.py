"""A part of a workbook, walked through as it is unpacked: never a tree, never an entity.

In: chunks of XML and a `Walker`. Out: calls of its three methods with bare names. Callers: `xlsx`, `styles`. The surprise:
Office's format forbids document type declarations, so one is refused at sight, and with it every way in which XML can
grow or reach outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from xml.parsers import expat

from chalicelib.discovery.spreadsheets.unreadable import Unreadable

Attributes = dict[str, str]
TOKEN_BYTES_MAX = 1024 * 1024
"""A tag or comment that goes on for longer is looked at again and again by the parser, at quadratic cost."""


class Walker(Protocol):
    """Names come without their namespaces: transitional and strict workbooks differ in nothing else."""

    def start(self, name: str, attributes: Attributes) -> None: ...

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


class Enough(Exception):
    """A walker has what it came for."""


def walk(chunks: Iterator[bytes], walker: Walker) -> None:
    """Raises `Unreadable` for anything that is not plain XML."""
    bare: dict[str, str] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name not in bare:
            bare[name] = _bare(name)
        walker.start(bare[name], attributes)

    def end(name: str) -> None:
        walker.end(bare[name])

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = walker.text
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > TOKEN_BYTES_MAX:
                raise Unreadable("broken")
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise Unreadable("broken") from None
    except Enough:
        return


def attribute(attributes: Attributes, name: str) -> str:
    """By its bare name, whatever namespace it is in: `r:id` is `id`."""
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if _bare(key) == name), "")


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_: object) -> None:
    raise Unreadable("doctype")
