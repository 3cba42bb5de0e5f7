"""What a screen of the business may not do by itself: show rows of another kind, or lead to an address it made up.

In: the text of a template. Out: findings. Callers: `rules.py`. The surprise: rows that point at this one may be none of the
reader's business, and are asked for once a row in a list; the runtime's `related` block asks for the permission, and once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.checks.findings import Finding, at
from chalicelib.checks.template_rules import LINE_LENGTH_MAX, TOKEN

PATH: Final = re.compile(r"[\w.]+")
ASKS: Final = frozenset(
    {"all", "count", "exists", "first", "last", "values", "values_list", "iterator", "aggregate"}
)
OF_THE_PAGE: Final = frozenset({"page", "listing", "table", "form", "forloop"})
"""What the runtime put there for everybody who may see the page."""
ADDRESS: Final = re.compile(
    r"\b(?:href|action|hx-[a-z]{1,20})\s{0,9}=\s{0,9}[\"']?\s{0,9}/", re.IGNORECASE
)


def screen_findings(path: str, text: str) -> Iterator[Finding]:
    """Nothing of a file with a line too long to judge: that is refused already."""
    lines = text.split("\n")
    if max(map(len, lines)) > LINE_LENGTH_MAX:
        return
    for number, line in enumerate(lines, 1):
        for token in TOKEN.finditer(line):
            for found in _asked(token[0]):
                message = f"{found!r}: rows of another kind are shown by the related block"
                yield at(path, number, "related-rows", message)
        if ADDRESS.search(line):
            message = "an address written by hand leads nowhere one day; use {% url %}"
            yield at(path, number, "fixed-address", message)


def _asked(token: str) -> Iterator[str]:
    if token.startswith("{#"):
        return
    for found in PATH.findall(token):
        first, *middle, last = found.split(".") if found.count(".") > 1 else ("page", "")
        if last in ASKS and middle and first not in OF_THE_PAGE:
            yield found[:80]
