"""What careful people don't write: errors swallowed, money as floats, moments without a zone, a workspace named in code,
a query for each row.

In: a parsed file of business code. Out: findings. Callers: `rules.py`. The surprise: each of these works in a short test and
fails in a long year, so no executed check would ever see it; what is found is what syntax shows, and no more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from chalicelib.checks.findings import Finding, at

BROAD: Final = frozenset({"Exception", "BaseException"})
REFUSALS: Final = frozenset({"ValidationError", "PermissionDenied", "IntegrityError"})
ZONELESS: Final = frozenset({"utcnow", "utcfromtimestamp", "today"})
ZONED: Final = frozenset({"tz", "tzinfo"})
DURATIONS: Final = frozenset({"timedelta"})
WORKSPACE: Final = re.compile(r"(tenant|workspace)(_id)?(__\w+)?")
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LOOPS: Final = (ast.For, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Loop = ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def care_findings(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Migrations are compared with the models instead; tests may make rows as they like."""
    if "/migrations/" in path:
        return
    is_test = "/tests/" in path
    moments = frozenset(_imported_from_datetime(tree))
    excused = {id(part) for node in ast.walk(tree) for part in _durations(node)}
    for node in ast.walk(tree):
        found = [*_swallowed(node, is_test), *_moments(node, moments)]
        if not is_test and id(node) not in excused:
            found += [*_floats(node), *_workspaces(node), *_queries(node)]
        for rule, message in found:
            yield at(path, getattr(node, "lineno", None), rule, message)


def _swallowed(node: ast.AST, is_test: bool) -> Iterator[tuple[str, str]]:
    """A test may look at a refusal; nobody may pass over everything."""
    if not isinstance(node, ast.ExceptHandler) or _raises(node):
        return
    names = _caught(node)
    if not names or names & BROAD:
        yield "swallowed-error", "name the error you expect; any other one must be seen"
    elif names & REFUSALS and not is_test:
        yield "swallowed-error", f"{min(names & REFUSALS)} is how a row is refused; let it through"


def _raises(node: ast.ExceptHandler) -> bool:
    return any(isinstance(part, ast.Raise) for part in ast.walk(node))


def _caught(node: ast.ExceptHandler) -> frozenset[str]:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return frozenset(_last_name(kind) for kind in kinds if kind is not None)


def _moments(node: ast.AST, moments: frozenset[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.Call) or not moments or _root(node.func) not in moments:
        return
    name = _last_name(node.func)
    is_made = name == "datetime" and len(node.args) < 8
    is_told = name in {"now", "fromtimestamp", "combine"} and len(node.args) < _zone_at(name)
    has_zone = any(keyword.arg in ZONED for keyword in node.keywords)
    if name in ZONELESS or ((is_made or is_told) and not has_zone):
        yield (
            "naive-datetime",
            f"{ast.unparse(node)[:60]!r} knows no zone: timezone.now() or localdate()",
        )


def _zone_at(name: str) -> int:
    """How many positional arguments it takes to have given a zone."""
    return {"now": 1, "fromtimestamp": 2, "combine": 3}[name]


def _imported_from_datetime(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.asname or one.name for one in node.names if one.name == "datetime")
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            yield from (
                one.asname or one.name for one in node.names if one.name in {"datetime", "date"}
            )


def _durations(node: ast.AST) -> Iterator[ast.AST]:
    """Half an hour is no amount of money."""
    if isinstance(node, ast.Call) and _last_name(node.func) in DURATIONS:
        yield from ast.walk(node)


def _floats(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call) and _last_name(node.func) in {"float", "FloatField"}:
        yield "float", "amounts are Decimal: a float is off by a cent sooner or later"
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield "float", f'write Decimal("{node.value}"): a float is off by a cent sooner or later'


def _workspaces(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.search(node.value):
        yield "fixed-workspace", "an id written into code is right in one workspace at most"
    elif isinstance(node, ast.keyword) and node.arg and WORKSPACE.fullmatch(node.arg):
        yield "fixed-workspace", f"{node.arg}=: `objects` is limited to the workspace by itself"
    elif isinstance(node, ast.Compare):
        for side in (node.left, *node.comparators):
            if isinstance(side, ast.Attribute) and WORKSPACE.fullmatch(side.attr):
                yield "fixed-workspace", f"{side.attr!r}: code is the same for every workspace"


def _queries(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, LOOPS):
        for part in _repeated(node):
            for found in ast.walk(part):
                if isinstance(found, ast.Attribute) and found.attr == "objects":
                    yield "query-in-loop", "a query for each row: ask once, before the loop"
                    return


def _repeated(node: Loop) -> Iterator[ast.AST]:
    """What a loop does again and again; its first source is asked once."""
    if isinstance(node, ast.For):
        yield from node.body
        return
    yield from ([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
    for index, source in enumerate(node.generators):
        yield from source.ifs
        if index:
            yield source.iter


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", "")
