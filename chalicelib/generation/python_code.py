"""Text of the customer as literals: the only ways a label or a value gets into Python, a template or a docstring.

In: plain values. Out: source that evaluates to exactly them. Callers: `django_code.py`, the templates' filters.
The surprise: braces in a Django template can't be escaped where they stand, so they go in as HTML entities.
"""

from __future__ import annotations

import html
import textwrap
from decimal import Decimal

TEMPLATE_ENTITIES = {"{": "&#123;", "}": "&#125;"}


def py(value: object) -> str:
    """A Python literal, quoted as ruff would quote it."""
    match value:
        case str():
            return quoted(value)
        case Decimal():
            return f'Decimal("{value}")'
        case list() | set():
            return f"[{', '.join(py(part) for part in value)}]"
        case tuple():
            inside = ", ".join(py(part) for part in value)
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case dict():
            return "{" + ", ".join(f"{py(key)}: {py(part)}" for key, part in value.items()) + "}"
        case bool() | int() | None:
            return repr(value)
    raise TypeError(f"{type(value).__name__} has no literal here")


def quoted(text: str) -> str:
    quote = "'" if '"' in text and "'" not in text else '"'
    escaped = "".join(_escaped(letter, quote) for letter in text)
    return f"{quote}{escaped}{quote}"


def _escaped(letter: str, quote: str) -> str:
    if letter in (quote, "\\"):
        return f"\\{letter}"
    return letter if letter.isprintable() else repr(letter)[1:-1]


def docstring(text: str, indent: int = 0) -> str:
    """A docstring at this indent; the text becomes one paragraph and can't end the string early."""
    pad = " " * indent
    words = " ".join(text.split()).replace('"""', "'''")
    safe = "".join(_escaped(letter, "") for letter in words)
    lines = textwrap.wrap(safe, 94 - indent, break_long_words=False, break_on_hyphens=False)
    if len(lines) > 1:
        body = f"\n{pad}".join(lines)
        return f'{pad}"""{body}\n{pad}"""'
    before, after = " " * safe.startswith('"'), " " * safe.endswith('"')
    return f'{pad}"""{before}{safe}{after}"""'


def comment(text: str) -> str:
    """A comment of as many lines as it takes."""
    safe = "".join(_escaped(letter, "") for letter in " ".join(text.split()))
    lines = textwrap.wrap(safe, 98, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)


def html_text(text: str) -> str:
    """Text for a Django template: neither markup nor a tag, a variable or a comment."""
    escaped = html.escape(text)
    return "".join(TEMPLATE_ENTITIES.get(letter, letter) for letter in escaped)


def call(name: str, /, *arguments: str, **keywords: str) -> str:
    """A call from source texts; keywords with no text are left out."""
    named = [f"{key}={text}" for key, text in keywords.items() if text]
    return f"{name}({', '.join([*arguments, *named])})"
