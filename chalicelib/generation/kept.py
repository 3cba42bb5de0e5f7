"""What an engine must leave as it was: the rules and tests that the templates wrote, word for word.

In: baseline files, an engine's files of the same paths, the rules it owes. Out: what is missing or changed, in sentences.
Callers: the GenerateModule stage; engines beforehand, to mend their own work.
The surprise: a file that Python can't read has lost nothing here; the static rules say so, with the line.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from chalicelib.errors import Rejected
from chalicelib.generation.app_design import EntityDesign, ModuleDesign
from chalicelib.generation.meddling import meddling

LISTED_MAX: Final = 20
HOOKS: Final = frozenset({"load_tests", "setUpModule", "tearDownModule"})
"""The test runner would ask these which tests there are, or let them skip all."""
Definition = ast.FunctionDef | ast.ClassDef


def refuse_losses(baseline: Mapping[str, str], files: Mapping[str, str]) -> None:
    """Raises `Rejected`: the model's turn."""
    if lost := losses(baseline, files):
        raise Rejected("; ".join(lost)[:1000])


def losses(baseline: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """For each Python file of the baseline that was written again."""
    found = [
        f"{path}: {fault}"
        for path, text in files.items()
        if path.endswith(".py") and baseline.get(path, text) != text
        for fault in _lost(baseline[path], text)
    ]
    return found[:LISTED_MAX]


def owed(module: ModuleDesign, files: Mapping[str, str]) -> list[str]:
    """Rules to be coded that have no entry in the list of rules, or no test that asserts something."""
    folder = f"business/{module.name}"
    tests = _read(files.get(f"{folder}/tests/test_rules.py", ""))
    return [
        f"{folder}/tests/test_rules.py: {entity.class_name}RuleTests needs test_{rule.name} for"
        f" {rule.requirement}, with an assertion"
        for entity in module.entities
        for rule in entity.coded_rules
        if tests is not None and not _is_asserted(tests, entity, rule.name)
    ]


def _lost(before: str, after: str) -> Iterator[str]:
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return
    yield from _imports(old, new)
    yield from _definitions(old, new)
    yield from _lists(old, new)
    yield from _hidden(new)
    yield from meddling(old, new)


def _imports(old: ast.Module, new: ast.Module) -> Iterator[str]:
    there = set(_imported(new))
    for each in dict.fromkeys(_imported(old)):
        if each not in there:
            yield f"the import of {each[1]} from {each[0]} must stay"


def _imported(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (
                (alias.name, alias.name, alias.asname or alias.name) for alias in node.names
            )
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, alias.name, alias.asname or alias.name) for alias in node.names)


def _definitions(old: ast.Module, new: ast.Module) -> Iterator[str]:
    known = {node.name: node for node in new.body if isinstance(node, Definition)}
    for node in old.body:
        if isinstance(node, ast.FunctionDef) and not _is_same(node, known.get(node.name)):
            yield f"{node.name} must stay as it was"
        if isinstance(node, ast.ClassDef):
            yield from _class(node, known.get(node.name))


def _class(old: ast.ClassDef, new: Definition | None) -> Iterator[str]:
    if not isinstance(new, ast.ClassDef) or not _have_same_head(old, new):
        yield f"the class {old.name} must stay as it was"
        return
    there = {ast.dump(node) for node in new.body}
    for node in old.body:
        if ast.dump(node) not in there:
            name = node.name if isinstance(node, ast.FunctionDef) else "a line"
            yield f"{name} in {old.name} must stay as it was"
    kept = {ast.dump(node) for node in old.body}
    for node in new.body:
        is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if ast.dump(node) not in kept and not is_test:
            yield f"only methods called test_… may be added to {old.name} (line {node.lineno})"


def _have_same_head(old: ast.ClassDef, new: ast.ClassDef) -> bool:
    return all(
        [ast.dump(each) for each in one] == [ast.dump(each) for each in other]
        for one, other in (
            (old.bases, new.bases),
            (old.keywords, new.keywords),
            (old.decorator_list, new.decorator_list),
        )
    )


def _lists(old: ast.Module, new: ast.Module) -> Iterator[str]:
    """`RULES = […]`: entries may be added behind."""
    lists = {name: entries for name, entries in _assigned(new)}
    for name, entries in _assigned(old):
        if lists.get(name, [])[: len(entries)] != entries:
            yield f"the entries of {name} must stay, in their order; add behind them"


def _assigned(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            entries = value.elts if isinstance(value, ast.List) else [value]
            yield node.targets[0].id, [ast.dump(each) for each in entries]


def _hidden(new: ast.Module) -> Iterator[str]:
    """A second definition of a name would be the one that counts; a bare statement could undo the first."""
    for node in new.body:
        if not _is_plain(node):
            yield f"line {node.lineno}: only imports, definitions and plain assignments stand at the top of a file"
    for name, times in Counter(_bound(new.body)).items():
        if times > 1:
            yield f"{name} is defined twice"
        if name in HOOKS:
            yield f"{name} may not be there"
    for node in new.body:
        if isinstance(node, ast.ClassDef):
            twice = [name for name, times in Counter(_bound(node.body)).items() if times > 1]
            yield from (f"{name} is defined twice in {node.name}" for name in twice)


def _is_plain(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name)
    return isinstance(node, Definition | ast.Import | ast.ImportFrom)


def _bound(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, Definition):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for each in targets if isinstance(each, ast.Name))


def _is_asserted(tests: ast.Module, entity: EntityDesign, rule: str) -> bool:
    methods = [
        method
        for node in tests.body
        if isinstance(node, ast.ClassDef) and node.name == f"{entity.class_name}RuleTests"
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name == f"test_{rule}"
    ]
    calls = (
        node.func for method in methods for node in ast.walk(method) if isinstance(node, ast.Call)
    )
    return any(
        isinstance(called, ast.Attribute) and called.attr.startswith("assert") for called in calls
    )


def _is_same(one: ast.AST, other: ast.AST | None) -> bool:
    return other is not None and ast.dump(one) == ast.dump(other)


def _read(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
