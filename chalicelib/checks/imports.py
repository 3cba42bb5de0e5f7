"""What business code may import: a closed list of modules, less the few names in them that escape.

In: a parsed file. Out: findings. Callers: `rules.py`. The surprise: a name reached *through* an allowed module
(`datetime.sys`) counts as an import of it, so attributes of imported names are looked at too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from chalicelib.checks.findings import Finding, at
from chalicelib.checks.lists import (
    DJANGO_MODULES,
    FORBIDDEN_IMPORT_NAMES,
    NAMES_OFFERED,
    RUNTIME_MODULES,
    STDLIB_MODULES,
    TEST_MODULES,
)


def import_findings(path: str, tree: ast.Module) -> Iterator[Finding]:
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
            yield from _plain(path, node)
        elif isinstance(node, ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
            yield from _from(path, node)
    yield from _reached_through(path, tree, bound)


def _plain(path: str, node: ast.Import) -> Iterator[Finding]:
    """A whole module brings all its names, so those that offer only some are for migrations alone."""
    for alias in node.names:
        partly = alias.name in NAMES_OFFERED and "/migrations/" not in path
        if partly or not _may_import(path, alias.name):
            yield _refused(path, node.lineno, alias.name)


def _from(path: str, node: ast.ImportFrom) -> Iterator[Finding]:
    module = _absolute(path, node)
    if module is None or not _may_import(path, module):
        yield _refused(path, node.lineno, module or "." * node.level + (node.module or ""))
        return
    for alias in node.names:
        if not _may_name(module, alias.name):
            yield _refused(path, node.lineno, f"{module}.{alias.name}")


def _reached_through(path: str, tree: ast.Module, bound: set[str]) -> Iterator[Finding]:
    """`datetime.sys.modules` is an import in disguise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _root(node) in bound and _is_hidden(node.attr):
            yield _refused(path, node.lineno, f"{_root(node)}.….{node.attr}")


def _is_hidden(name: str) -> bool:
    """`collections._sys` is as good as `sys`; names with two underscores have a rule of their own."""
    return name in FORBIDDEN_IMPORT_NAMES or (name.startswith("_") and not name.startswith("__"))


def _root(node: ast.Attribute) -> str | None:
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else None


def _absolute(path: str, node: ast.ImportFrom) -> str | None:
    """The dotted module a `from` import names; None when it climbs out of the business layer."""
    if node.level == 0:
        return node.module
    package = PurePosixPath(path).parent.parts
    if node.level > len(package):
        return None
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _may_import(path: str, name: str) -> bool:
    if name in STDLIB_MODULES | DJANGO_MODULES | RUNTIME_MODULES:
        return True
    if name in TEST_MODULES:
        return "/tests/" in path
    parts = name.split(".")
    return parts[0] == "business" and not any(part.startswith("_") for part in parts)


def _may_name(module: str, name: str) -> bool:
    if name == "*" or name in FORBIDDEN_IMPORT_NAMES or name.startswith("_"):
        return False
    return module not in NAMES_OFFERED or name in NAMES_OFFERED[module]


def _refused(path: str, line: int, name: str) -> Finding:
    return at(path, line, "forbidden-import", f"{name!r} is not on the list of allowed imports")
