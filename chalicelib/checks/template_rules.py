"""What a template may say: known tags and filters, constant names, no script, no unescaped output.

In: the text of a Django template. Out: findings. Callers: `rules.py`. The surprise: the platform has no Django, so
this is a small lexer with the same token pattern; whether the template compiles is the candidate's `source.templates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.checks.findings import Finding, at
from chalicelib.checks.lists import (
    FORBIDDEN_TAGS,
    TEMPLATE_BLOCKS,
    TEMPLATE_FILTERS,
    TEMPLATE_LIBRARIES,
    TEMPLATE_TAGS,
)
from chalicelib.checks.markup_rules import markup_findings

LINE_LENGTH_MAX = 4000
"""The lexer's time grows with the square of a line, as that of Django's does."""
TOKEN = re.compile(r"({%.*?%}|{{.*?}}|{#.*?#})")
_FILTER = re.compile(r"\|\s*([A-Za-z_]\w*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass
class _Reader:
    """One template while it is read: what is loaded, which blocks are open."""

    path: str
    loaded: bool = False
    open_blocks: list[tuple[str, int]] = field(default_factory=list)

    def read(self, text: str) -> Iterator[Finding]:
        for line, token in _tokens(text):
            if token.startswith("{{"):
                yield from self.filters(line, token)
            else:
                yield from self.tag(line, token)
        for name, line in self.open_blocks:
            yield at(self.path, line, "template-syntax", f"{{% {name} %}} is never closed")

    def tag(self, line: int, token: str) -> Iterator[Finding]:
        name, *words = token[2:-2].split() or [""]
        self.loaded = self.loaded or name == "load"
        yield from self.filters(line, token)
        if name in FORBIDDEN_TAGS or not re.fullmatch(r"[a-z_]\w*", name):
            yield at(
                self.path, line, "template-tag", f"the tag {name!r} is not for business templates"
            )
        elif name.startswith("end"):
            yield from self.closing(line, name[3:])
        elif name in TEMPLATE_BLOCKS:
            self.open_blocks.append((name, line))
        elif name not in TEMPLATE_TAGS and not self.loaded:
            yield at(self.path, line, "template-tag", f"the tag {name!r} is not known")
        yield from self.arguments(line, name, words)

    def closing(self, line: int, name: str) -> Iterator[Finding]:
        if self.open_blocks and self.open_blocks[-1][0] == name:
            self.open_blocks.pop()
        elif name in TEMPLATE_BLOCKS:
            yield at(
                self.path, line, "template-syntax", f"{{% end{name} %}} closes nothing open here"
            )

    def arguments(self, line: int, name: str, words: list[str]) -> Iterator[Finding]:
        if name == "load":
            libraries = words[-1:] if "from" in words else words
            for library in set(libraries) - TEMPLATE_LIBRARIES:
                yield at(
                    self.path, line, "template-load", f"the library {library!r} is not allowed"
                )
        elif name in {"extends", "include", "url", "static"} and not _constant(words):
            message = f"{{% {name} %}} takes a constant, not a computed name"
            yield at(self.path, line, "template-dynamic", message)

    def filters(self, line: int, token: str) -> Iterator[Finding]:
        for name in _FILTER.findall(_QUOTED.sub("''", token)):
            if name in {"safe", "safeseq"}:
                yield at(self.path, line, "unsafe-html", f"'|{name}' switches escaping off")
            elif name not in TEMPLATE_FILTERS and not self.loaded:
                yield at(self.path, line, "template-filter", f"the filter {name!r} is not known")


def template_findings(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LINE_LENGTH_MAX:
            message = f"a line of more than {LINE_LENGTH_MAX} characters"
            yield at(path, number, "template-syntax", message)
            return
    yield from _Reader(path).read(text)
    yield from markup_findings(path, text)


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    for match in TOKEN.finditer(text):
        if not match[0].startswith("{#"):
            yield _line(text, match.start()), match[0]


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _constant(words: list[str]) -> bool:
    return bool(words) and words[0][0] in "\"'" and words[0][-1] == words[0][0]
