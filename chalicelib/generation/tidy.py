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

WIDTH = 100
OPENING, CLOSING = "([{", ")]}"
FIRST_PARTY = {"accounts", "api", "audit", "business", "files", "operations", "pages", "workspaces"}

Import = ast.Import | ast.ImportFrom


def tidy(source: str) -> str:
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, Import)]
    if imports:
        source = _with_imports(source, imports, _kept(tree, imports))
    folded = [line for raw in source.splitlines() for line in fold(raw.rstrip())]
    text = re.sub(r"\n{4,}", "\n\n\n", "\n".join(folded))
    return re.sub(r"\n{3,}(?= )", "\n\n", text).strip("\n") + "\n" if folded else ""


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
            named[_section(module)].append(f"from {module} import {', '.join(members)}")
    sections = sorted({*plain, *named})
    return "\n\n".join("\n".join(plain[number] + named[number]) for number in sections)


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


def fold(line: str) -> list[str]:
    """The line, split at its brackets until every part fits or can't be split further."""
    if len(line) <= WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    pair = _bracket_pair(line.lstrip())
    if pair is None:
        return [line]
    text = line.lstrip()
    opening, closing, elements, atom = pair
    head, body, tail = text[: opening + 1], text[opening + 1 : closing], text[closing:]
    inner = indent + "    "
    together = inner + body.strip()
    if not atom and len(together) <= WIDTH:
        return [indent + head, together, indent + tail]
    if len(elements) == 1 and not atom:
        return [indent + head, *fold(together + _comma(body)), indent + tail]
    parts = [part for element in elements for part in fold(f"{inner}{element},")]
    return [indent + head, *parts, indent + tail]


def _comma(body: str) -> str:
    """A lone generator argument takes no trailing comma."""
    return "" if re.search(r"\bfor\b.*\bin\b", body) else ","


def _bracket_pair(text: str) -> tuple[int, int, list[str], bool] | None:
    """(opening, closing, elements, is a literal) of the bracket to split at: a function's parameters, else the last."""
    pairs = _outer_pairs(text)
    if not pairs:
        return None
    is_definition = text.startswith(("def ", "async def "))
    opening, closing, commas = pairs[0] if is_definition else pairs[-1]
    bounds = [opening, *commas, closing]
    elements = [text[a + 1 : b].strip() for a, b in itertools.pairwise(bounds)]
    before = text[:opening].rstrip()[-1:]
    atom = not (before.isalnum() or before in "_)]}\"'") or before == ""
    is_import = text.startswith("from ")
    keyworded = re.search(r"\b(return|in|and|or|not|else|if)$", text[:opening].rstrip()) is not None
    return opening, closing, [e for e in elements if e], atom or keyworded or is_import


def _outer_pairs(text: str) -> list[tuple[int, int, list[int]]]:
    """Outermost non-empty bracket pairs, each with the positions of its own commas."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError):
        return []
    pairs: list[tuple[int, int, list[int]]] = []
    depth, opening, commas = 0, 0, list[int]()
    for token in tokens:
        if token.type != tokenize.OP:
            continue
        if token.string in OPENING:
            depth += 1
            if depth == 1:
                opening, commas = token.start[1], []
        elif token.string in CLOSING:
            depth -= 1
            if depth == 0 and token.start[1] > opening + 1:
                pairs.append((opening, token.start[1], commas))
        elif token.string == "," and depth == 1:
            commas.append(token.start[1])
    return pairs
