"""Layout of compiled Python: unused imports out, imports sorted, long lines folded, as `ruff format` would leave it.

In: Python that a template rendered, one statement a line. Out: the same program. Callers: `scaffold.py`.
The surprise: this is not a formatter for any Python, only for what our templates emit; ruff itself is not in Lambda.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH = 100
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
FIRST_PARTY = {"accounts", "api", "audit", "business", "files", "operations", "pages", "workspaces"}

Import = ast.Import | ast.ImportFrom


def tidy(source: str) -> str:
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, Import)]
    if imports:
        source = _with_imports(source, imports, _kept(tree, imports))
    folded = [line for raw in source.splitlines() for line in fold(raw.rstrip())]
    text = re.sub(r"\n{4,}", "\n\n\n", "\n".join(folded))
    text = re.sub(r"\n{3,}(?= )", "\n\n", text).strip("\n")
    return f"{text}\n" if text else ""


def _kept(tree: ast.Module, imports: list[Import]) -> dict[str, set[str]]:
    """`from` module → names used below; a plain `import x` is kept under the empty name."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kept: dict[str, set[str]] = defaultdict(set)
    for node in imports:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.split(".")[0]) in used:
                    kept[_spelled(alias)].add("")
            continue
        module = "." * node.level + (node.module or "")
        kept[module] |= {
            _spelled(alias)
            for alias in node.names
            if module == "__future__" or (alias.asname or alias.name) in used
        }
    return kept


def _spelled(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _with_imports(source: str, imports: list[Import], kept: dict[str, set[str]]) -> str:
    """The imports stand in one block at the head of the file, whatever order the template had."""
    lines = source.splitlines()
    start, end = imports[0].lineno - 1, (imports[-1].end_lineno or imports[-1].lineno)
    head = "\n".join(lines[:start]).rstrip("\n")
    body = "\n".join(lines[end:]).strip("\n")
    block = _block(kept, body)
    gap = "\n\n\n" if re.match(r"(class|def|async def) |@", body) else "\n\n"
    top = "\n\n".join(part for part in (head, block) if part)
    return top + (gap if top else "") + body + "\n"


def _block(kept: dict[str, set[str]], body: str) -> str:
    """Sections apart, in each the plain imports before the others."""
    plain: dict[int, list[str]] = defaultdict(list)
    named: dict[int, list[str]] = defaultdict(list)
    for module, names in sorted(kept.items(), key=lambda item: item[0].lower()):
        if "" in names and f"{module.rpartition(' as ')[2]}." in body:
            plain[_section(module)].append(f"import {module}")
        if members := sorted(names - {""}, key=_member_order):
            named[_section(module)].append(_from(module, ", ".join(members)))
    sections = sorted({*plain, *named})
    return "\n\n".join("\n".join(plain[number] + named[number]) for number in sections)


def _from(module: str, members: str) -> str:
    line = f"from {module} import {members}"
    return line if len(line) <= WIDTH else f"from {module} import ({members})"


def _section(module: str) -> int:
    root = module.split(" ", maxsplit=1)[0].split(".", maxsplit=1)[0]
    if module == "__future__":
        return 0
    if not root:
        return 4
    if root in FIRST_PARTY:
        return 3
    return 1 if root in sys.stdlib_module_names else 2


def _member_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return (0, name)
    return (1, name) if name[:1].isupper() else (2, name)


@dataclass(frozen=True)
class Brackets:
    """An outermost pair that is not empty, with the positions of its own commas."""

    opening: int
    closing: int
    commas: tuple[int, ...]
    is_comprehension: bool

    def elements(self, text: str) -> list[str]:
        commas = () if self.is_comprehension else self.commas
        bounds = itertools.pairwise([self.opening, *commas, self.closing])
        return [part for a, b in bounds if (part := text[a + 1 : b].strip())]


def fold(line: str) -> list[str]:
    """The line, split at its brackets until every part fits or can't be split further."""
    text = line.lstrip()
    pairs = list(_outer_pairs(text)) if len(line) > WIDTH else []
    if not pairs:
        return [line]
    pair = pairs[0] if text.startswith(("def ", "async def ")) else pairs[-1]
    indent = line[: len(line) - len(text)]
    head, tail = text[: pair.opening + 1], text[pair.closing :]
    return [indent + head, *_folded_inside(text, pair, indent + "    "), indent + tail]


def _folded_inside(text: str, pair: Brackets, indent: str) -> list[str]:
    """On one line where that is possible and usual, else one element a line; a lone argument takes no comma."""
    together = text[pair.opening + 1 : pair.closing].strip()
    is_call = not _is_literal(text[: pair.opening])
    elements = pair.elements(text)
    if pair.is_comprehension or (is_call and len(elements) == 1):
        return fold(indent + together)
    if is_call and len(indent + together) <= WIDTH:
        return [indent + together]
    return [part for element in elements for part in fold(f"{indent}{element},")]


def _is_literal(before: str) -> bool:
    """Whether a bracket after this text makes a list, tuple, set or dict, or an import's list, and not a call."""
    text = before.rstrip()
    if text.startswith("from ") or re.search(r"\b(return|in|and|or|not|else|if)$", text):
        return True
    return not (text[-1:].isalnum() or text[-1:] in ("_", ")", "]", "}", '"', "'"))


def _outer_pairs(text: str) -> Iterator[Brackets]:
    depth, opening, commas, has_for = 0, 0, list[int](), False
    for token in _tokens(text):
        if token.string in OPENING:
            depth += 1
            if depth == 1:
                opening, commas, has_for = token.start[1], [], False
        elif token.string in CLOSING:
            depth -= 1
            if depth == 0 and token.start[1] > opening + 1:
                yield Brackets(opening, token.start[1], tuple(commas), has_for)
        elif depth == 1 and token.string == ",":
            commas.append(token.start[1])
        elif depth == 1 and token.string == "for":
            has_for = True


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    """Operators and names; none at all of a line that is only a part of a statement."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError):
        return []
    return [token for token in tokens if token.type in (tokenize.OP, tokenize.NAME)]
