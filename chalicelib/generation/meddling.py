"""What an engine's rules and tests may not do to what others wrote: undo it while the app runs, or while its tests do.

In: the compiled file and the engine's, parsed. Out: faults, in sentences. Callers: `kept`.
The surprise: it is a list of what may be changed, not of what may not: a class has more names than anybody can list, so a
member may be set only on what the same function has just made.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

RULES_OF_MODELS: Final = re.compile(r"(\w+_)?RULES")
FROM_DJANGO_TEST: Final = frozenset({"SimpleTestCase", "TestCase"})
MAKERS: Final = frozenset({"dict", "list", "set", "Counter", "defaultdict"})
FRESH: Final = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def meddling(old: ast.Module, new: ast.Module) -> Iterator[str]:
    guarded = set(_declared(old))
    for node in ast.walk(new):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in guarded:
            yield f"line {node.lineno}: {node.id} is the compiler's; nothing else uses it"
        elif isinstance(node, ast.ImportFrom):
            yield from _imports(node)
        elif isinstance(node, ast.Attribute) and _is_inside(node.attr):
            yield f"line {node.lineno}: .{node.attr} belongs to the model, not to a rule"
    yield from _changes(new, frozenset(), frozenset(_classes(new)))


def _declared(old: ast.Module) -> Iterator[str]:
    """Lists of rules and classes of tests."""
    for node in old.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def _imports(node: ast.ImportFrom) -> Iterator[str]:
    module = node.module or ""
    for alias in node.names:
        is_foreign_tool = module == "django.test" and alias.name not in FROM_DJANGO_TEST
        if module.startswith("unittest") or is_foreign_tool:
            yield f"line {node.lineno}: {alias.name} replaces what is tested; make rows instead"
        elif RULES_OF_MODELS.fullmatch(alias.name):
            yield f"line {node.lineno}: {alias.name} of a module is only for its models"


def _is_inside(name: str) -> bool:
    return name == "rules" or (name.startswith("_") and not name.startswith("__"))


def _changes(node: ast.AST, made: frozenset[str], classes: frozenset[str]) -> Iterator[str]:
    """`made`: names of what the function around has made itself."""
    for child in ast.iter_child_nodes(node):
        inside = frozenset(_made(child, classes)) if isinstance(child, Function) else made
        if _is_changed(child) and _root(child) not in inside:
            text = ast.unparse(child)[:60]
            yield f"line {_line(child)}: {text} may be set only on a row that is made right there"
        yield from _changes(child, inside, classes)


def _is_changed(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))


def _classes(new: ast.Module) -> Iterator[str]:
    """Imported under their own names, or declared here; a function with a large letter is neither."""
    for node in new.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (e.name for e in node.names if not e.asname and e.name[:1].isupper())


def _made(function: Function, classes: frozenset[str]) -> Iterator[str]:
    """Names that are bound in it to something new, and never to anything else."""
    bound: dict[str, list[bool]] = {}
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and not _is_read(n)]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(_is_new(node.value, classes))
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            bound.setdefault(node.target.id, []).append(_is_of_a_query(node.iter))
    arguments = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    for name, new in bound.items():
        if all(new) and len(new) == stored.count(name) and name not in arguments:
            yield name


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_new(value: ast.expr, classes: frozenset[str]) -> bool:
    if isinstance(value, FRESH):
        return True
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        return value.func.id in MAKERS | classes
    return ast.unparse(value.func) == "self.make" or _is_of_a_query(value)


def _is_of_a_query(value: ast.expr) -> bool:
    """`Visit.objects.filter(…).first()`: a row, never a class."""
    found: ast.AST = value
    while isinstance(found, ast.Call | ast.Attribute):
        if isinstance(found, ast.Attribute) and found.attr == "objects":
            return True
        found = found.func if isinstance(found, ast.Call) else found.value
    return False


def _root(node: ast.AST) -> str | None:
    """Of `a.b`, `a`; nothing of `a.b.c`, which is somebody else's member."""
    inner = node.value if isinstance(node, ast.Attribute | ast.Subscript) else node
    return inner.id if isinstance(inner, ast.Name) else None
