"""What a migration may consist of: Django's schema operations and the runtime's, written out as constants.

In: a parsed `migrations/NNNN_….py`. Out: findings. Callers: `rules.py`. The surprise: whether a step is *destructive*
is not decided here; the candidate's `migrations.safe` asks for a person's yes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chalicelib.checks.findings import Finding, at
from chalicelib.checks.lists import MIGRATION_OPERATIONS

ALLOWED_STATEMENTS = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Expr)


def is_migration(path: str) -> bool:
    return "/migrations/" in path and not path.endswith("/__init__.py")


LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.For, ast.While, ast.If)


def migration_findings(path: str, tree: ast.Module) -> Iterator[Finding]:
    if not any(isinstance(part, ast.ClassDef) and part.name == "Migration" for part in tree.body):
        yield at(path, None, "migration", "a migration declares one class named Migration")
    for part in tree.body:
        if not isinstance(part, ALLOWED_STATEMENTS):
            message = "a migration holds imports and one class, nothing else"
            yield at(path, part.lineno, "migration", message)
    for node in ast.walk(tree):
        if isinstance(node, LOGIC):
            message = "a migration is a list of operations, without code of its own"
            yield at(path, node.lineno, "migration", message)
        yield from _operation(path, node)


def _operation(path: str, node: ast.AST) -> Iterator[Finding]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    base = node.func.value
    if (
        isinstance(base, ast.Name)
        and base.id == "migrations"
        and node.func.attr not in MIGRATION_OPERATIONS
    ):
        yield at(path, node.lineno, "migration", f"the operation {node.func.attr!r} is not allowed")
